import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { shutKey, why, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ResizeDiskRequest>[0]>;

const resize =
  (party: Party, diskId: string, wish: Wish = {}) =>
  () =>
    party.ecs.resizeDisk(new sdk.ResizeDiskRequest({ diskId, newSize: 50, ...wish }));

/** The data disk of a running instance, 20 GiB, to 50, but for what is wrong. */
const wrong =
  (of: { instance?: Partial<InstanceRow>; disk?: Partial<DiskRow>; wish?: Wish }): Provoke =>
  async ({ world, alice }) => {
    const { diskIds } = await world.instance(alice, of.instance, [of.disk ?? {}]);
    return resize(alice, diskIds[1]!, of.wish);
  };

const online: Wish = { type: 'online' };
const EXACT = 'A size that is refused answers which limit it breaks.';

export const ResizeDisk: Coverage = {
  provoked: {
    DiskCreatingSnapshot: async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      await world.snapshot(alice, { sourceDiskId: diskId, status: 'progressing' });
      return resize(alice, diskId);
    },
    IncorrectDiskStatus: wrong({ disk: { status: 'ReIniting' } }),
    IncorrectInstanceStatus: wrong({ instance: { status: 'Starting' } }),
    'InvalidDiskCategory.NotSupported': wrong({ disk: { category: 'cloud' }, wish: online }),
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) => resize(alice, await world.disk(bob)),
    InvalidDiskSize: wrong({ wish: { newSize: 20 } }),
    'InvalidDiskSize.TooLarge': wrong({ wish: { newSize: 65_537 } }),
    'InvalidDiskSize.TooSmall': wrong({ wish: { newSize: 19 } }),
    'InvalidInstanceStatus.NotRunning': wrong({ instance: { status: 'Stopped' }, wish: online }),
    'InvalidParam.Type': wrong({ wish: { type: 'later' } }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) =>
      resize(stage.alice, await stage.world.disk(stage.alice, await shutKey(stage))),
  },
  otherwise: {
    DiskError: 'A disk in the wrong state answers IncorrectDiskStatus, with the state.',
    IncompleteParamter: why.missing,
    'InvalidDataDiskSize.ValueNotSupported': EXACT,
    'InvalidSystemDiskSize.ValueNotSupported': EXACT,
    'Operation.Conflict': 'A disk with a change under way says so by its status.',
    OperationDenied: 'A disk or an instance in the wrong state answers with the state.',
  },
  notHere: {
    DiskInArrears: why.billing,
    InstanceExpiredOrInArrears: why.billing,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidDataDiskCategory.ValueNotSupported': 'Disks of every category that is offered grow.',
    'InvalidInstanceId.NotFound': 'The request names no instance.',
    'InvalidOperation.MultiAttachDiskNotSupportResizeOnline': why.multiAttach,
    'InvalidParameter.Conflict': 'The request has no parameters that exclude one another.',
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegion.NotSupport': why.stock,
    'InvalidRegionId.MalFormed': why.noRegion,
    'InvalidSystemDiskSize.ImageNotSupportResize': 'Disks of every image may be larger than it.',
    LastOrderProcessing: why.billing,
    'SecurityRisk.3DVerification': why.billing,
    UserNotInTheWhiteList: why.whiteList,
  },
};
