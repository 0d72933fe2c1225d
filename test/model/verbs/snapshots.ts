import sdk from '@alicloud/ecs20140526';
import type { Bed } from '../bed.ts';
import { existing, imagesOf, isBeingStored, owns, type Disk, type Snapshot } from '../model.ts';
import { NothingToDo, broken, choose, step, type Verb } from '../verb.ts';

const ENOUGH_SNAPSHOTS = 24;

export const createSnapshot: Verb = (bed, random) => {
  const { model } = bed;
  if (existing(model.snapshots).length >= ENOUGH_SNAPSHOTS) throw new NothingToDo();
  const tenant = random.pick(bed.tenants);
  const { id: diskId, it: disk } = choose(random, model, 'disks', (one) => owns(tenant, one) && one.wasAttached);
  return step({
    who: tenant,
    what: `snapshots ${diskId}`,
    codes: broken([[!owns(tenant, disk), 'InvalidDiskId.NotFound']], () => [
      [!disk!.wasAttached, 'IncorrectDiskStatus.NeverAttached'],
      [isBeingStored(model, disk!), 'IncorrectDiskStatus.CreatingSnapshot'],
    ]),
    question: { Verb: 'createSnapshot', ResourceId: diskId },
    async call() {
      return (await tenant.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId }))).body!.snapshotId!;
    },
    done: (id) => void addSnapshot(bed, id, disk!),
  });
};

/** What the disk holds at this moment. */
export function addSnapshot({ model, holds }: Bed, id: string, disk: Disk): Snapshot {
  const { owner, regionId, type, gib, content } = disk;
  const isReady = !holds?.isHeld('snapshots');
  const snapshot = { id, owner, regionId, isGone: false, isReady, disk, type, gib, content };
  model.snapshots.set(id, snapshot);
  return snapshot;
}

export const deleteSnapshot: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: snapshotId, it } = choose(
    random,
    model,
    'snapshots',
    (one) => owns(tenant, one) && imagesOf(model, one).length === 0,
  );
  const force = random.chance(0.4);
  const isOrigin = existing(model.disks).some(({ snapshot, owner }) => snapshot === it && owner === tenant);
  return step({
    who: tenant,
    what: `deletes ${snapshotId}${force ? ' by force' : ''}`,
    codes: broken([[!owns(tenant, it), 'InvalidSnapshotId.NotFound']], () => [
      [imagesOf(model, it!).length > 0, 'SnapshotCreatedImage'],
      [!force && isOrigin, 'SnapshotCreatedDisk'],
    ]),
    question: { Verb: 'delete', ResourceId: snapshotId, Force: String(force) },
    call: () => tenant.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force })),
    done() {
      it!.isGone = true;
    },
  });
};
