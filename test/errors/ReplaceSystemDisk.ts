import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { ImageRow } from '../../src/records/tables/images.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ReplaceSystemDiskRequest>[0]>;

const replace = (party: Party, instanceId: string, wish: Wish) => () =>
  party.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, ...wish }));

/** A good image of 30 GiB for a stopped instance, but for what is wrong. */
const wrong =
  (of: { instance?: Partial<InstanceRow>; disk?: Partial<DiskRow>; image?: Partial<ImageRow>; wish?: Wish }): Provoke =>
  async ({ world, alice }) => {
    const { id, diskIds } = await world.instance(alice, { status: 'Stopped', ...of.instance });
    if (of.disk) await world.change('disks', diskIds[0]!, of.disk);
    return replace(alice, id, { imageId: await world.image(alice, { sizeGib: 30, ...of.image }), ...of.wish });
  };

const size = (gib: number): Wish => ({ systemDisk: new sdk.ReplaceSystemDiskRequestSystemDisk({ size: gib }) });

const BY_DISK = 'Only for a disk in place of an image, and DiskId is refused by name.';
const EXACT = 'A size that is refused answers which limit it breaks.';

export const ReplaceSystemDisk: Coverage = {
  provoked: {
    DiskCreatingSnapshot: async ({ world, alice }) => {
      const { id, diskIds } = await world.instance(alice, { status: 'Stopped' });
      await world.snapshot(alice, { sourceDiskId: diskIds[0]!, status: 'progressing' });
      return replace(alice, id, { imageId: await world.image(alice) });
    },
    ImageNotSupportInstanceType: wrong({ image: { architecture: 'arm64' } }),
    IncorrectDiskStatus: wrong({ disk: { status: 'ReIniting' } }),
    IncorrectInstanceStatus: wrong({ instance: { status: 'Running' } }),
    'InvalidArchitecture.Malformed': wrong({ wish: { architecture: 'mips' } }),
    'InvalidImageId.NotFound': async ({ world, alice, bob }) =>
      replace(alice, (await world.instance(alice, { status: 'Stopped' })).id, { imageId: await world.image(bob) }),
    'InvalidInstance.NotFoundSystemDisk': wrong({ disk: { status: 'Available', instanceId: null } }),
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) =>
      replace(alice, (await world.instance(bob)).id, { imageId: await world.image(alice) }),
    'InvalidKeyPairName.NotFound': wrong({ wish: { keyPairName: 'none' } }),
    'InvalidPassword.Malformed': wrong({ wish: { password: 'short' } }),
    'InvalidPasswordParam.Mismatch': wrong({ wish: { password: 'Abcdefg1', passwordInherit: true } }),
    'InvalidPlatform.Malformed': wrong({ wish: { platform: 'BeOS' } }),
    'InvalidSystemDiskSize.LessThanImageSize': wrong({ wish: size(29) }),
    'InvalidSystemDiskSize.LessThanMinSize': wrong({ disk: { performanceLevel: 'PL2' }, wish: size(100) }),
    'InvalidSystemDiskSize.MoreThanMaxSize': wrong({ wish: size(2049) }),
    'IoOptimized.NotSupported': wrong({ image: { isSupportIoOptimized: 0 } }),
    MissingParameter: wrong({ wish: { imageId: '' } }),
    OperationDenied: async ({ world, alice }) => {
      const { id } = await world.instance(alice, { status: 'Stopped' });
      return replace(alice, id, { imageId: await world.image(alice, {}, [{}]) });
    },
    'OperationDenied.ImageNotValid': wrong({ image: { status: 'Creating' } }),
    'OperationDenied.InstanceCreating': wrong({ instance: { status: 'Pending' } }),
    'QuotaExceed.BuyImage': async ({ world, alice }) => {
      const { id } = await world.instance(alice, { status: 'Stopped' });
      const product = await world.image(world.operator, { kind: 'marketplace', productCode: 'cmjj02' });
      return replace(alice, id, { imageId: product });
    },
  },
  otherwise: {
    'DependencyViolation.IoOptimize': 'An image that the instance does not take answers IoOptimized.NotSupported.',
    ImageNotSubscribed: 'A marketplace image that was not bought answers QuotaExceed.BuyImage.',
    'InvalidParameter.AllEmpty': 'A request without an image answers MissingParameter.',
    InvalidSystemDiskSize: EXACT,
    'InvalidSystemDiskSize.ValueNotSupported': EXACT,
    NoSuchResource: 'What is not there answers with the code of its kind.',
  },
  notHere: {
    'InvalidDiskId.NotFound': BY_DISK,
    'InvalidParameter.Conflict': BY_DISK,
    'InvalidParameter.NotMatch': BY_DISK,
    'MissingParameter.Architecture': BY_DISK,
    'MissingParameter.Platform': BY_DISK,
    ResourcesNotInSameZone: BY_DISK,
    ChargeTypeViolation: why.billing,
    INST_HAS_UNPAID_ORDER: why.billing,
    ImageRemovedInMarket: 'Nothing is taken off the market yet.',
    InstanceExpiredOrInArrears: why.billing,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidDatadisk.DiskCategoryViolation': 'Data disks are not touched.',
    'InvalidDatadisk.DiskStatusViolation': 'Data disks are not touched.',
    'InvalidDiskCategory.ValueNotSupported': 'The request names no category: the new disk is of the old one.',
    'InvalidOperation.MultiAttachDisk': why.multiAttach,
    'InvalidSystemDiskSize.ImageNotSupportResize': 'Disks of every image may be larger than it.',
    'InvalidSystemDiskStatus.IsTransfering': why.transferring,
    'OperationDenied.UnpaidOrder': why.billing,
  },
};
