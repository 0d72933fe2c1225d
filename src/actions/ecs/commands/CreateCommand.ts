import { countCommands, insertCommand } from '../../../records/tables/commands.ts';
import { action } from '../../action.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import {
  checkDefinitions,
  checkWords,
  encodingOf,
  readContent,
  readFolder,
  readResourceGroup,
  readTimeout,
  readType,
} from './commandRequest.ts';

export const CreateCommand = action(
  'Ecs',
  'CreateCommand',
  { access: 'write', required: ['name', 'type', 'commandContent'] },
  async (request, call) => {
    const { regionId, idInfix } = call.region(request.regionId);
    refuseUnbuilt(call, { Launcher: request.launcher });
    checkWords(call, request);
    const content = readContent(call, request.commandContent, encodingOf(request.contentEncoding, 'Base64'));
    if (request.enableParameter) checkDefinitions(call, content);
    const row = {
      accountId: call.accountId,
      regionId,
      name: request.name,
      description: request.description ?? '',
      type: readType(call, request.type),
      content: content.toString('base64'),
      workingDir: readFolder(call, request.workingDir),
      timeoutS: readTimeout(call, request.timeout),
      enableParameter: request.enableParameter ? 1 : 0,
      invokeTimes: 0,
      resourceGroupId: readResourceGroup(call, request.resourceGroupId),
      createdAt: call.clock.now(),
    } as const;
    if ((await countCommands(call.db, row)) >= (await call.quota('commands'))) throw call.error('CmdCount.ExceedQuota');
    const id = call.ids.resource('c', idInfix);
    await insertCommand(call.db, { ...row, id });
    await saveTags(call, { resourceType: 'command', resourceId: id, regionId }, request.tag);
    return { commandId: id };
  },
);
