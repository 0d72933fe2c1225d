import { countCommands, insertCommand } from '../../../records/tables/commands.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
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
import { chooseInstances, fill, invoke, refuseUnbuiltInvocation } from './invoke.ts';

/** CreateCommand and InvokeCommand in one; the command is kept only where that is asked for. */
export const RunCommand = action(
  'Ecs',
  'RunCommand',
  { access: 'write', required: ['type', 'commandContent'] },
  async (request, call) => {
    refuseUnbuiltInvocation(call, request);
    const { regionId, idInfix } = call.region(request.regionId);
    checkWords(call, request);
    const command = {
      content: readContent(call, request.commandContent, encodingOf(request.contentEncoding, 'PlainText')),
      workingDir: readFolder(call, request.workingDir),
      enableParameter: request.enableParameter ?? false,
    };
    if (command.enableParameter) checkDefinitions(call, command.content);
    const type = readType(call, request.type);
    const instances = await chooseInstances(call, regionId, request, quotas.commandInstancesOfCall);
    const commandId = call.ids.resource('c', idInfix);
    const shared = {
      name: request.name ?? commandId,
      description: request.description ?? '',
      timeoutS: readTimeout(call, request.timeout),
      resourceGroupId: readResourceGroup(call, request.resourceGroupId),
    };
    const filled = fill(call, command, request);
    if (request.keepCommand) {
      const owner = { accountId: call.accountId, regionId };
      if ((await countCommands(call.db, owner)) >= (await call.quota('commands')))
        throw call.error('CmdCount.ExceedQuota');
      await insertCommand(call.db, {
        ...owner,
        ...shared,
        id: commandId,
        type,
        content: command.content.toString('base64'),
        workingDir: command.workingDir,
        enableParameter: command.enableParameter ? 1 : 0,
        invokeTimes: 1,
        createdAt: call.clock.now(),
      });
    }
    const invocation = { kind: 'command' as const, commandId, ...shared, ...filled };
    return { commandId, invokeId: await invoke(call, regionId, instances, invocation, request.tag) };
  },
);
