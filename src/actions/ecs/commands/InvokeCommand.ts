import { updateCommand } from '../../../records/tables/commands.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { readFolder, readResourceGroup, readTimeout } from './commandRequest.ts';
import { chooseInstances, fill, invoke, refuseUnbuiltInvocation } from './invoke.ts';
import { ownCommand } from './ownCommand.ts';

export const InvokeCommand = action(
  'Ecs',
  'InvokeCommand',
  { access: 'write', required: ['commandId'] },
  async (request, call) => {
    refuseUnbuiltInvocation(call, request);
    const row = await ownCommand(call, request);
    const { id, regionId, name, description } = row;
    const instances = await chooseInstances(call, regionId, request, quotas.commandInstancesOfCall);
    const command = {
      content: Buffer.from(row.content, 'base64'),
      workingDir: request.workingDir === undefined ? row.workingDir : readFolder(call, request.workingDir),
      enableParameter: row.enableParameter === 1,
    };
    const invocation = {
      kind: 'command' as const,
      commandId: id,
      name,
      description,
      timeoutS: request.timeout === undefined ? row.timeoutS : readTimeout(call, request.timeout),
      resourceGroupId: readResourceGroup(call, request.resourceGroupId),
      ...fill(call, command, request),
    };
    await updateCommand(call.db, id, { invokeTimes: row.invokeTimes + 1 });
    return { invokeId: await invoke(call, regionId, instances, invocation, request.tag) };
  },
);
