import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { shutKey, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ReInitDiskRequest>[0]>;

const reInit =
  (party: Party, diskId: string, wish: Wish = {}) =>
  () =>
    party.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId, ...wish }));

/** The system disk of a stopped instance of a good image. */
async function systemDisk({ world, alice }: Stage, instance: Partial<InstanceRow> = {}): Promise<string> {
  const imageId = await world.image(alice);
  return (await world.instance(alice, { imageId, status: 'Stopped', ...instance })).diskIds[0]!;
}

const wrong =
  (of: { instance?: Partial<InstanceRow>; disk?: Partial<DiskRow>; wish?: Wish }): Provoke =>
  async (stage) => {
    const diskId = await systemDisk(stage, of.instance);
    if (of.disk) await stage.world.change('disks', diskId, of.disk);
    return reInit(stage.alice, diskId, of.wish);
  };

export const ReInitDisk: Coverage = {
  provoked: {
    DiskCreatingSnapshot: async (stage) => {
      const diskId = await systemDisk(stage);
      await stage.world.snapshot(stage.alice, { sourceDiskId: diskId, status: 'progressing' });
      return reInit(stage.alice, diskId);
    },
    IncorrectDiskStatus: wrong({ disk: { status: 'Detaching' } }),
    IncorrectInstanceStatus: wrong({ instance: { status: 'Running' } }),
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) => reInit(alice, await world.disk(bob)),
    'InvalidDiskId.OperationNotSupported': wrong({ instance: { imageId: 'm-bp1gone' } }),
    'InvalidKeyPairName.NotFound': wrong({ wish: { keyPairName: 'none' } }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => {
      const diskId = await systemDisk(stage);
      await stage.world.change('disks', diskId, await shutKey(stage));
      return reInit(stage.alice, diskId);
    },
    'InvalidPassword.Malformed': wrong({ wish: { password: 'short' } }),
    InvalidSourceSnapshot: async ({ world, alice }) => {
      const { diskIds } = await world.instance(alice, { status: 'Stopped' }, [{ sourceSnapshotId: 's-bp1gone' }]);
      return reInit(alice, diskIds[1]!);
    },
    SharedImageDeleted: async ({ world, alice, bob }) => {
      const { diskIds } = await world.instance(alice, { status: 'Stopped', imageId: await world.image(bob) });
      return reInit(alice, diskIds[0]!);
    },
  },
  otherwise: {
    'InvalidImageId.NotFound': 'An image that is gone answers InvalidDiskId.OperationNotSupported.',
    OperationDenied: 'A snapshot that is gone answers InvalidSourceSnapshot.',
  },
  notHere: {
    'DependencyViolation.IoOptimize': 'A disk stays with an instance that takes it.',
    'DiskCategory.OperationNotSupported': 'Disks of every category that is offered are re-initialised.',
    InstanceExpiredOrInArrears: why.billing,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidOperation.MultiAttachDisk': why.multiAttach,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegionId.MalFormed': why.noRegion,
    'InvalidSnapshot.TooOld': 'No disk here was detached before 2013-07-15.',
    UserNotInTheWhiteList: why.whiteList,
  },
};
