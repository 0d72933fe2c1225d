import { findDisks, type DiskRow } from '../../../records/tables/disks.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import type { Call } from '../../call.ts';
import { invalid } from './policy.ts';

/** The caller's disks that a request lists, all of the region. */
export async function policyDisks(call: Call, regionId: string, text: string): Promise<DiskRow[]> {
  const ids = jsonIds(text);
  if (!ids || ids.length === 0) throw invalid(call, 'DiskIds');
  const disks = await findDisks(call.db, call.accountId, ids);
  const isWhole = disks.length === new Set(ids).size && disks.every((disk) => disk.regionId === regionId);
  if (!isWhole) throw call.error('InvalidDiskId.NotFound');
  return disks;
}
