import { MOST_FILE, SHORTEST_TIMEOUT } from '../../../rules/commands.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { encodingOf, invalid, readContent, readResourceGroup, readTimeout } from './commandRequest.ts';
import { chooseInstances, invoke } from './invoke.ts';

const LONGEST_NAME = 255;
const LONGEST_FOLDER = 255;
const LONGEST_DESCRIPTION = 512;
const ACCOUNT = /^[A-Za-z_][\w.-]{0,62}\$?$/;

export const SendFile = action(
  'Ecs',
  'SendFile',
  { access: 'write', required: ['name', 'content', 'targetDir'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { name, targetDir, description = '', fileOwner = 'root', fileGroup = 'root', fileMode = '0644' } = request;
    if (Buffer.byteLength(name) > LONGEST_NAME || /[/\0]/.test(name) || name === '.' || name === '..') {
      throw invalid(call, 'Name is that of a file, without its folder.');
    }
    if (targetDir.length > LONGEST_FOLDER || !/^\/[^\0]*$/.test(targetDir)) throw invalid(call, 'TargetDir');
    if (description.length > LONGEST_DESCRIPTION) throw invalid(call, 'Description');
    if (!ACCOUNT.test(fileOwner)) throw invalid(call, 'FileOwner');
    if (!ACCOUNT.test(fileGroup)) throw invalid(call, 'FileGroup');
    if (!/^[0-7]{3,4}$/.test(fileMode)) throw invalid(call, 'FileMode');
    const contentType = encodingOf(request.contentType, 'PlainText');
    const content = readContent(call, request.content, contentType, MOST_FILE);
    const instances = await chooseInstances(call, regionId, request, quotas.fileInstancesOfCall);
    const invocation = {
      kind: 'file' as const,
      commandId: '',
      name,
      description,
      content,
      timeoutS: readTimeout(
        call,
        request.timeout === undefined ? undefined : Math.max(SHORTEST_TIMEOUT, request.timeout),
      ),
      resourceGroupId: readResourceGroup(call, request.resourceGroupId),
      spec: {
        contentType,
        targetDir,
        owner: fileOwner,
        group: fileGroup,
        mode: fileMode,
        overwrite: request.overwrite ?? false,
      },
    };
    return { invokeId: await invoke(call, regionId, instances, invocation, request.tag) };
  },
);
