import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import { newSnapshot, newSnapshotCopy } from '../../records/newSnapshot.ts';
import { removeAutoSnapshots } from '../../records/snapshotRemoval.ts';
import type { Db, Tx } from '../../records/database.ts';
import type { AutoSnapshotPolicyRow } from '../../records/tables/autoSnapshotPolicies.ts';
import { quotaOf } from '../../records/tables/accountQuotas.ts';
import type { DiskRow } from '../../records/tables/disks.ts';
import { insertSnapshots, snapshotChains, type SnapshotRow } from '../../records/tables/snapshots.ts';
import { autoSnapshotName, nextTimePoint, readTimePoints, readWeekdays } from '../../rules/autoSnapshotPolicies.ts';
import { findRegion } from '../../rules/regions.ts';
import { expiresAt } from '../../rules/snapshots.ts';
import { diskCan, instanceCan } from '../../rules/states.ts';
import { CANCELLED, type Job, type JobContext } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

const TRY_AGAIN_MS = 3600_000;

type Parts = Pick<JobContext, 'enqueue' | 'collect'> & { clock: Clock; ids: Ids };

/** However many time points passed while the service was down, or the clock jumped over, it fires once: what it would store is one content. */
export const runSnapshotPolicy: Job<JobInputs['runSnapshotPolicy']> = {
  weight: 'control',
  resources: ({ policyId }) => [policyId],
  async run({ policyId }, context) {
    return async (tx) => {
      const now = context.clock.now();
      const policy = await tx
        .selectFrom('autoSnapshotPolicies')
        .selectAll()
        .where('id', '=', policyId)
        .executeTakeFirst();
      // Deleted, or its schedule was changed: the new one has a job of its own.
      if (!policy || policy.nextAt > now) return;
      for (const disk of await disksOf(tx, policy)) await snapshotDisk(tx, context, policy, disk);
      const schedule = { hours: readTimePoints(policy.timePoints)!, weekdays: readWeekdays(policy.repeatWeekdays)! };
      const nextAt = nextTimePoint(schedule, now);
      await tx.updateTable('autoSnapshotPolicies').set({ nextAt }).where('id', '=', policyId).execute();
      await context.enqueue(tx, 'runSnapshotPolicy', { policyId }, { runAfter: nextAt });
    };
  },
  async fail({ policyId }, { clock, enqueue, log }, tx, reason) {
    if (reason.code === CANCELLED) return;
    log.error({ policyId, reason }, 'a snapshot policy could not fire; trying again later');
    await enqueue(tx, 'runSnapshotPolicy', { policyId }, { runAfter: clock.now() + TRY_AGAIN_MS });
  },
};

/** Those that can have a snapshot now; the others have to wait for the next time point. */
async function disksOf(db: Db, { id, accountId }: AutoSnapshotPolicyRow): Promise<DiskRow[]> {
  return db
    .selectFrom('disks')
    .leftJoin('instances', 'instances.id', 'disks.instanceId')
    .selectAll('disks')
    .where('disks.autoSnapshotPolicyId', '=', id)
    .where('disks.accountId', '=', accountId)
    .where('disks.enableAutoSnapshot', '=', 1)
    .where('disks.everAttached', '=', 1)
    .where('disks.status', 'in', diskCan.createSnapshot)
    .where((eb) =>
      eb.or([eb('instances.status', 'is', null), eb('instances.status', 'in', instanceCan.createSnapshot)]),
    )
    .orderBy('disks.id')
    .execute();
}

async function snapshotDisk(tx: Tx, parts: Parts, policy: AutoSnapshotPolicyRow, disk: DiskRow): Promise<void> {
  const chain = (await snapshotChains(tx, [disk.id])).get(disk.id)!;
  if (chain.progressing > 0) return;
  const now = parts.clock.now();
  // The oldest make room for the newest.
  const surplus = chain.automatic + 1 - (await quotaOf(tx, disk.accountId, 'autoSnapshotsOfDisk'));
  if (surplus > 0) {
    await removeAutoSnapshots(tx, disk.id, now, surplus);
    await parts.collect(tx, disk.regionId);
  }
  const name = autoSnapshotName(policy.id, now);
  const about = { name, description: '', resourceGroupId: policy.resourceGroupId, createdAt: now };
  const snapshot = newSnapshot(disk, {
    ...about,
    id: newId(parts, 's', disk.regionId),
    type: 'auto',
    snapshotGroupId: null,
    snapshotLinkId: chain.snapshotLinkId ?? newId(parts, 'sl', disk.regionId),
    retentionDays: policy.retentionDays,
  });
  await insertSnapshots(tx, [snapshot]);
  const snapshots = [{ snapshotId: snapshot.id, diskId: disk.id }];
  await parts.enqueue(tx, 'createSnapshots', { snapshots, imageId: null }, { resourceId: snapshot.id });
  await enqueueExpiry(tx, parts, snapshot);
  const { copyRegionId: regionId, copyKmsKeyId: kmsKeyId } = policy;
  // What is encrypted stays so: without a key of the other region it stays here.
  if (regionId === null || (snapshot.encrypted === 1 && kmsKeyId === null)) return;
  const copy: SnapshotRow = {
    ...newSnapshotCopy(snapshot, {
      ...about,
      id: newId(parts, 's', regionId),
      regionId,
      retentionDays: policy.copiedRetentionDays,
    }),
    encrypted: kmsKeyId === null ? 0 : 1,
    kmsKeyId,
  };
  await insertSnapshots(tx, [copy]);
  const input = { snapshotId: copy.id, sourceSnapshotId: snapshot.id };
  await parts.enqueue(tx, 'copySnapshot', input, { regionId, resourceId: copy.id });
  await enqueueExpiry(tx, parts, copy);
}

async function enqueueExpiry(tx: Tx, { enqueue }: Parts, row: SnapshotRow): Promise<void> {
  const runAfter = expiresAt(row);
  if (runAfter === null) return;
  const { id: snapshotId, regionId } = row;
  await enqueue(tx, 'expireSnapshot', { snapshotId }, { regionId, resourceId: snapshotId, runAfter });
}

const newId = ({ ids }: Parts, prefix: string, regionId: string): string =>
  ids.resource(prefix, findRegion(regionId)!.idInfix);
