import { findCommand, type CommandRow } from '../../../records/tables/commands.ts';
import type { Call } from '../../call.ts';

/** The caller's command of the region; another account's answers like none. */
export async function ownCommand(call: Call, request: { regionId?: string; commandId: string }): Promise<CommandRow> {
  const { regionId } = call.region(request.regionId);
  const row = await findCommand(call.db, { accountId: call.accountId, regionId }, request.commandId);
  if (!row) throw call.error('InvalidCmdId.NotFound');
  return row;
}
