import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage } from './coverage.ts';

const remove = (party: Party, snapshotId: string) => () =>
  party.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId }));

export const DeleteSnapshot: Coverage = {
  provoked: {
    'InvalidOperation.RelatedSnapshotNotFinished': async ({ world, alice }) => {
      const snapshotId = await world.snapshot(alice);
      await world.snapshot(alice, { regionId: 'cn-beijing', sourceSnapshotId: snapshotId, status: 'progressing' });
      return remove(alice, snapshotId);
    },
    'InvalidOperation.SnapshotLocked': async ({ world, alice }) => {
      const snapshotId = await world.snapshot(alice);
      await alice.ecs.lockSnapshot(
        new sdk.LockSnapshotRequest({
          regionId: 'cn-hangzhou',
          snapshotId,
          lockMode: 'compliance',
          lockDuration: 1,
          coolOffPeriod: 0,
        }),
      );
      return remove(alice, snapshotId);
    },
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) => remove(alice, await world.snapshot(bob)),
    MissingParameter: async ({ alice }) => remove(alice, ''),
    SnapshotCreatedDisk: async ({ world, alice }) => {
      const snapshotId = await world.snapshot(alice);
      await world.disk(alice, { sourceSnapshotId: snapshotId });
      return remove(alice, snapshotId);
    },
    SnapshotCreatedImage: async ({ world, alice }) => {
      const [snapshotId] = await world.snapshotsOf(await world.image(alice));
      return remove(alice, snapshotId!);
    },
  },
  otherwise: {
    'Operation.Conflict': 'Calls run one after another: the second one sees what the first one did.',
  },
  notHere: {
    'IncorrectDiskStatus.CreatingSnapshot': 'A snapshot that is deleted while it is made is given up.',
    InternalError: why.fault,
    'InvalidOperation.DeleteSharedSnapshotUnsupported': 'Snapshots are not shared.',
    'InvalidOperation.ResourceManagedByCloudProduct': 'No snapshot is managed by another product.',
  },
};
