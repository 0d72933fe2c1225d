import { updateCommand } from '../../../records/tables/commands.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { checkWords, readFolder, readTimeout } from './commandRequest.ts';
import { ownCommand } from './ownCommand.ts';

/** What is not sent stays; `CommandContent` has no effect, as in the cloud. */
export const ModifyCommand = action(
  'Ecs',
  'ModifyCommand',
  { access: 'write', required: ['commandId'] },
  async (request, call) => {
    refuseUnbuilt(call, { Launcher: request.launcher });
    const row = await ownCommand(call, request);
    checkWords(call, request);
    await updateCommand(call.db, row.id, {
      name: request.name ?? row.name,
      description: request.description ?? row.description,
      workingDir: request.workingDir === undefined ? row.workingDir : readFolder(call, request.workingDir),
      timeoutS: request.timeout === undefined ? row.timeoutS : readTimeout(call, request.timeout),
    });
    return {};
  },
);
