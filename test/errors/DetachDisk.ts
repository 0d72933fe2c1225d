import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage, type Provoke } from './coverage.ts';

const detach = (party: Party, instanceId: string, diskId: string, deleteWithInstance?: boolean) => () =>
  party.ecs.detachDisk(
    new sdk.DetachDiskRequest({ instanceId, diskId, ...(deleteWithInstance !== undefined && { deleteWithInstance }) }),
  );

/** The data disk of an instance, but for what is wrong. */
const wrong =
  (of: { instance?: Partial<InstanceRow>; disk?: Partial<DiskRow>; deleteWithInstance?: boolean }): Provoke =>
  async ({ world, alice }) => {
    const { id, diskIds } = await world.instance(alice, of.instance, [of.disk ?? {}]);
    return detach(alice, id, diskIds[1]!, of.deleteWithInstance);
  };

const ephemeral = { category: 'elastic_ephemeral_disk_standard' };

export const DetachDisk: Coverage = {
  provoked: {
    DependencyViolation: async ({ world, alice }) => {
      const { id } = await world.instance(alice);
      const { diskIds } = await world.instance(alice, {}, [{}]);
      return detach(alice, id, diskIds[1]!);
    },
    DiskNotPortable: wrong({ disk: { portable: 0 } }),
    DiskTypeViolation: async ({ world, alice }) => {
      const { id, diskIds } = await world.instance(alice);
      return detach(alice, id, diskIds[0]!);
    },
    IncorrectDiskStatus: wrong({ disk: { status: 'ReIniting' } }),
    IncorrectInstanceStatus: wrong({ instance: { status: 'Starting' } }),
    'InvalidDisk.AlreadyDetached': async ({ world, alice }) =>
      detach(alice, (await world.instance(alice)).id, await world.disk(alice)),
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) =>
      detach(alice, (await world.instance(alice)).id, await world.disk(bob)),
    'InvalidDiskId.OperationNotSupported': async ({ world, alice }) => {
      const imageId = await world.image(alice, { deletedAt: 1 });
      const { id, diskIds } = await world.instance(alice, { imageId, status: 'Stopped' });
      return detach(alice, id, diskIds[0]!);
    },
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) =>
      detach(alice, (await world.instance(bob)).id, await world.disk(alice)),
    'InvalidOperation.DiskCategoryUnsupported': wrong({ disk: ephemeral }),
    'InvalidOperation.DiskDetachingFromThisEcs': wrong({ disk: { status: 'Detaching' } }),
    'InvalidParameter.DeleteWithInstance': wrong({ disk: ephemeral, deleteWithInstance: false }),
  },
  otherwise: {
    'InvalidInstance.ImageCategory': 'System disks of images of every category are detached.',
    InvalidParameter: why.missing,
  },
  notHere: {
    'DeleteWithInstance.Conflict': why.multiAttach,
    DisksDetachingOnEcsExceeded: 'Any number of disks of an instance is detached at once.',
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidOperation.InstanceTypeNotSupport': why.hotPlug,
    'InvalidRegionId.MalFormed': why.noRegion,
    UserNotInTheWhiteList: why.whiteList,
  },
};
