import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { shutKey, why, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.AttachDiskRequest>[0]>;

const attach =
  (party: Party, instanceId: string, diskId: string, wish: Wish = {}) =>
  () =>
    party.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId, diskId, ...wish }));

/** A free disk for a running instance, but for what is wrong. */
const wrong =
  (of: { instance?: Partial<InstanceRow>; disk?: Partial<DiskRow>; data?: Partial<DiskRow>[]; wish?: Wish }): Provoke =>
  async ({ world, alice }) => {
    const { id } = await world.instance(alice, of.instance, of.data);
    return attach(alice, id, await world.disk(alice, of.disk), of.wish);
  };

const sixteen = Array.from('bcdefghijklmnopq', (letter) => ({ device: `/dev/xvd${letter}` }));

export const AttachDisk: Coverage = {
  provoked: {
    'DiskId.ValueNotSupported': wrong({ instance: { status: 'Stopped' }, wish: { bootable: true } }),
    IncorrectDiskStatus: wrong({ disk: { status: 'Creating' } }),
    IncorrectInstanceStatus: wrong({ instance: { status: 'Starting' } }),
    InstanceDiskLimitExceeded: wrong({ data: sixteen }),
    'InvalidDevice.InUse': wrong({ data: [{}], wish: { device: '/dev/xvdb' } }),
    'InvalidDevice.Malformed': wrong({ wish: { device: '/dev/xvda' } }),
    'InvalidDisk.InUse': async ({ world, alice }) => {
      const { diskIds } = await world.instance(alice, {}, [{}]);
      return attach(alice, (await world.instance(alice)).id, diskIds[1]!);
    },
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) =>
      attach(alice, (await world.instance(alice)).id, await world.disk(bob)),
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) =>
      attach(alice, (await world.instance(bob)).id, await world.disk(alice)),
    'InvalidInstanceType.NotSupportDiskCategory': wrong({ instance: { ioOptimized: 0 } }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => {
      const { world, alice } = stage;
      const { id } = await world.instance(alice);
      return attach(alice, id, await world.disk(alice, await shutKey(stage)));
    },
    ResourcesNotInSameZone: wrong({ disk: { zoneId: 'cn-hangzhou-b' } }),
  },
  otherwise: {
    DiskError: 'A disk that is not free answers IncorrectDiskStatus, with the status.',
    'DiskId.StatusNotSupported': 'A disk that is not free answers IncorrectDiskStatus, with the status.',
    InvalidParameter: why.missing,
    'InvalidParameter.AllEmpty': why.missing,
  },
  notHere: {
    'DeleteWithInstance.Conflict': why.multiAttach,
    DiskAttachedNumberExceeded: why.multiAttach,
    'DiskCategory.OperationNotSupported': 'Disks of every category that is offered can be attached.',
    DiskInArrears: why.billing,
    DiskNotPortable: 'What is not portable is never free.',
    InstanceExpiredOrInArrears: why.billing,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidInstanceType.NotSupportMultiAttachDisk': why.multiAttach,
    'InvalidInstanceType.NvmeRequired': why.multiAttach,
    'InvalidInstanceType.NvmeUnsupported': why.multiAttach,
    'InvalidOperation.CanNotAttachMultiAttachDiskAsSystemDisk': why.multiAttach,
    'InvalidOperation.InstanceTypeNotSupport': why.hotPlug,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegionId.MalFormed': why.noRegion,
    UserNotInTheWhiteList: why.whiteList,
  },
};
