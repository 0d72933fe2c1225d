import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import type { Party } from '../wire/imageWorld.ts';
import { LOST_KEY, shutKey, why, type Coverage, type Provoke } from './coverage.ts';

const reset =
  (party: Party, diskId: string, snapshotId: string, dryRun = false) =>
  () =>
    party.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId, dryRun }));

/** A system disk of a stopped instance and a snapshot of it, but for what is wrong. */
const wrong =
  (of: {
    instance?: Partial<InstanceRow>;
    disk?: Partial<DiskRow>;
    snapshot?: Partial<SnapshotRow>;
    dryRun?: boolean;
  }): Provoke =>
  async ({ world, alice }) => {
    const { diskIds } = await world.instance(alice, { status: 'Stopped', ...of.instance });
    const diskId = diskIds[0]!;
    if (of.disk) await world.change('disks', diskId, of.disk);
    const snapshotId = await world.snapshot(alice, { sourceDiskId: diskId, ...of.snapshot });
    return reset(alice, diskId, snapshotId, of.dryRun);
  };

export const ResetDisk: Coverage = {
  provoked: {
    'DiskCategory.OperationNotSupported': async ({ world, alice }) => {
      const diskId = await world.disk(alice, { category: 'elastic_ephemeral_disk_standard' });
      return reset(alice, diskId, await world.snapshot(alice));
    },
    DryRunOperation: wrong({ dryRun: true }),
    IncorrectDiskStatus: wrong({ disk: { status: 'Detaching' } }),
    'IncorrectDiskStatus.HasUnfinishedSnapshot': async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      const snapshotId = await world.snapshot(alice, { sourceDiskId: diskId });
      await world.snapshot(alice, { sourceDiskId: diskId, status: 'progressing' });
      return reset(alice, diskId, snapshotId);
    },
    IncorrectInstanceStatus: wrong({ instance: { status: 'Running' } }),
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) =>
      reset(alice, await world.disk(bob), await world.snapshot(alice)),
    'InvalidOperation.DiskResetInProgress': wrong({ disk: { status: 'ReIniting' } }),
    'InvalidParameter.Mismatch': wrong({ snapshot: { sourceDiskId: 'd-bp1other' } }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => wrong({ disk: await shutKey(stage) })(stage),
    'InvalidParameter.KMSKeyId.NotFound': wrong({ snapshot: LOST_KEY }),
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) =>
      reset(alice, await world.disk(alice), await world.snapshot(bob)),
    'InvalidSnapshotId.NotReady': wrong({ snapshot: { status: 'progressing' } }),
  },
  otherwise: {
    'Disk.NotFound': 'A disk that is not there answers InvalidDiskId.NotFound.',
    'Operation.Conflict': 'A disk with a change under way says so by its status.',
  },
  notHere: {
    InstanceExpiredOrInArrears: why.billing,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidAccountStatus.NotEnoughBalance': why.billing,
    'InvalidAccountStatus.SnapshotServiceUnavailable': why.snapshotService,
    'InvalidInstanceId.NotFound': 'The request names no instance.',
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegionId.MalFormed': why.noRegion,
    'InvalidSnapshot.TooOld': 'No disk here was detached before 2013-07-15.',
    OperationDenied: 'Every snapshot of a disk rolls it back.',
    UserNotInTheWhiteList: why.whiteList,
  },
};
