import { deleteCommand } from '../../../records/tables/commands.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { ownCommand } from './ownCommand.ts';

/** What it was run as, and still is, stays. */
export const DeleteCommand = action(
  'Ecs',
  'DeleteCommand',
  { access: 'write', required: ['commandId'] },
  async (request, call) => {
    const { id } = await ownCommand(call, request);
    await deleteTags(call.db, 'command', [id]);
    await deleteCommand(call.db, id);
    return {};
  },
);
