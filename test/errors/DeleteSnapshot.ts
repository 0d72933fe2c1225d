import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage } from './coverage.ts';

const remove = (party: Party, snapshotId: string) => () =>
  party.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId }));

export const DeleteSnapshot: Coverage = {
  provoked: {
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
    'InvalidOperation.RelatedSnapshotNotFinished': 'No snapshot depends on another of its disk.',
    'InvalidOperation.ResourceManagedByCloudProduct': 'No snapshot is managed by another product.',
  },
};
