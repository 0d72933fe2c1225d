import { findDisk, hasSnapshotInProgress, type DiskRow } from '../../../records/tables/disks.ts';
import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import type { ApiError } from '../../../contract/errors.ts';
import type { Call } from '../../call.ts';

/** The caller's disk; another account's answers like none. */
export async function ownDisk(call: Call, diskId: string): Promise<DiskRow> {
  const row = await findDisk(call.db, call.accountId, diskId);
  if (!row) throw call.error('InvalidDiskId.NotFound');
  return row;
}

/** The instance that a disk is attached to; null when there is none, or it was just released. */
export async function holderOf(call: Call, disk: DiskRow): Promise<InstanceRow | null> {
  if (disk.instanceId === null) return null;
  return (await findInstance(call.db, call.accountId, disk.instanceId)) ?? null;
}

/** IncorrectDiskStatus, or one of its variants, with the disk and its state. */
export const incorrectDiskStatus = (call: Call, disk: DiskRow, code = 'IncorrectDiskStatus'): ApiError =>
  call.error(code, { hint: `${disk.id} is ${disk.status}.` });

/** One snapshot of a disk at a time, and nothing that changes its content meanwhile. */
export async function refuseDuringSnapshot(call: Call, disk: DiskRow, code = 'DiskCreatingSnapshot'): Promise<void> {
  if (await hasSnapshotInProgress(call.db, [disk.id])) throw call.error(code);
}
