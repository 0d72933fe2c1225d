import { listCommands } from '../../../records/tables/commands.ts';
import { parameterNames } from '../../../rules/commands.ts';
import { likePattern } from '../../../rules/names.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { encodingOf } from './commandRequest.ts';
import { encoded, MOST_LISTED } from './shown.ts';

/** The caller's own: no commands are public here. */
export const DescribeCommands = action('Ecs', 'DescribeCommands', { access: 'read' }, async (request, call) => {
  const { regionId } = call.region(request.regionId);
  const window = listWindow(call, request, MOST_LISTED);
  const like = (text: string | undefined) => (text === undefined ? undefined : likePattern(text));
  const filter = {
    accountId: call.accountId,
    regionId,
    id: request.commandId,
    nameLike: like(request.name),
    descriptionLike: like(request.description),
    type: request.type,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'command', regionId }, request.tag),
  };
  const isOfOthers = request.provider !== undefined;
  const found = isOfOthers ? { rows: [], total: 0 } : await listCommands(call.db, filter, window);
  const { rows, counts } = listAnswer(window, found);
  const tags = await tagsOf(
    call.db,
    'command',
    rows.map(({ id }) => id),
  );
  const encoding = encodingOf(request.contentEncoding, 'Base64');
  return {
    ...counts,
    commands: {
      command: rows.map((row) => ({
        commandId: row.id,
        name: row.name,
        description: row.description,
        type: row.type,
        commandContent: encoded(row.content, encoding),
        workingDir: row.workingDir,
        timeout: row.timeoutS,
        enableParameter: row.enableParameter === 1,
        parameterNames: { parameterName: row.enableParameter ? parameterNames(textOf(row.content)) : [] },
        parameterDefinitions: { parameterDefinition: [] },
        category: '',
        provider: '',
        version: 1,
        latest: true,
        launcher: '',
        invokeTimes: row.invokeTimes,
        resourceGroupId: row.resourceGroupId,
        creationTime: secondsTime(row.createdAt),
        tags: { tag: tags.get(row.id) ?? [] },
      })),
    },
  };
});

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
