import { findSnapshotGroup, type SnapshotGroupRow } from '../../../records/tables/snapshotGroups.ts';
import { isDescription, isResourceName } from '../../../rules/names.ts';
import type { Call } from '../../call.ts';

/** The caller's group in the region; another account's answers like none. */
export async function ownGroup(call: Call, regionId: string, id: string): Promise<SnapshotGroupRow> {
  const row = await findSnapshotGroup(call.db, { accountId: call.accountId, regionId }, id);
  if (!row) throw call.error('InvalidSnapshotGroup.NotFound');
  return row;
}

export function checkGroupTexts(
  call: Call,
  { name, description }: { name?: string | undefined; description?: string | undefined },
  descriptionCode: string,
): void {
  if (name !== undefined && !isResourceName(name)) throw call.error('InvalidParameter.Name');
  if (description !== undefined && !isDescription(description)) throw call.error(descriptionCode);
}
