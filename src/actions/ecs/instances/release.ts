import { releaseInstance } from '../../../records/releases.ts';
import { disksOfInstance, hasSnapshotInProgress } from '../../../records/tables/disks.ts';
import type { InstanceRow } from '../../../records/tables/instances.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { incorrectStatus } from './incorrectStatus.ts';

export interface ReleaseRequest {
  force?: boolean;
  terminateSubscription?: boolean;
}

const INITIALIZING = 'IncorrectInstanceStatus.Initializing';

/** Checks that an instance may be released, and releases it. */
export async function release(call: Call, row: InstanceRow, request: ReleaseRequest): Promise<void> {
  const now = call.clock.now();
  if (row.deletionProtection) {
    throw call.error('InvalidOperation.DeletionProtection', { about: 'due to deletion protection' });
  }
  const isExpired = row.expiredAt !== null && row.expiredAt <= now;
  if (row.chargeType === 'PrePaid' && !(isExpired && request.terminateSubscription)) {
    throw call.error('ChargeTypeViolation', {
      values: ['The operation is not permitted due to charge type of the instance.'],
    });
  }
  if (row.status === 'Pending' || (row.status === 'Starting' && !row.everStarted)) {
    throw incorrectStatus(call, row, undefined, INITIALIZING);
  }
  if (!allows(request.force ? instanceCan.forceDelete : instanceCan.delete, row.status)) {
    throw incorrectStatus(call, row);
  }
  const disks = await disksOfInstance(call.db, row.id);
  const busy = disks.find(({ status }) => status === 'Creating' || status === 'ReIniting');
  if (busy) throw incorrectStatus(call, row, `Its disk ${busy.id} is ${busy.status}.`, INITIALIZING);
  // Their content would be lost half-way; clients try this code again.
  if (
    await hasSnapshotInProgress(
      call.db,
      disks.map(({ id }) => id),
    )
  ) {
    throw incorrectStatus(call, row, 'A snapshot of one of its disks is being made.', INITIALIZING);
  }

  const { volumeIds, detachingDiskIds } = await releaseInstance(call.db, row, now);
  const { regionId } = row;
  const held = { diskIds: disks.map(({ id }) => id), volumeIds: disks.map(({ volumeId }) => volumeId) };
  await call.enqueue('endMachine', { instanceId: row.id, ...held }, { regionId, resourceId: row.id });
  for (const diskId of detachingDiskIds) await call.enqueue('detachDisk', { diskId }, { regionId, resourceId: diskId });
  if (volumeIds.length > 0) await call.enqueue('deleteVolumes', { volumeIds }, { regionId, resourceId: row.id });
}
