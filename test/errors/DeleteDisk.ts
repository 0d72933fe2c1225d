import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage, type Provoke } from './coverage.ts';

const remove = (party: Party, diskId: string) => () => party.ecs.deleteDisk(new sdk.DeleteDiskRequest({ diskId }));

const ofDisk =
  (row: Partial<DiskRow>): Provoke =>
  async ({ world, alice }) =>
    remove(alice, await world.disk(alice, row));

export const DeleteDisk: Coverage = {
  provoked: {
    DiskCreatingSnapshot: async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      await world.snapshot(alice, { sourceDiskId: diskId, status: 'progressing' });
      return remove(alice, diskId);
    },
    DiskStillAttached: async ({ world, alice }) => {
      const { diskIds } = await world.instance(alice, {}, [{}]);
      return remove(alice, diskIds[1]!);
    },
    IncorrectDiskStatus: ofDisk({ status: 'ReIniting' }),
    'IncorrectDiskStatus.Initializing': ofDisk({ status: 'Creating' }),
  },
  otherwise: {
    DiskTypeViolation: 'A system disk that is detached is deleted like any other disk.',
  },
  notHere: {
    DiskNotPortable: 'What is not portable is never free.',
    InternalError: why.fault,
    'InvalidDiskId.NotFound': 'A disk that is not there counts as deleted.',
    'InvalidDiskStatus.DeleteProtection': 'Disks have no deletion protection.',
    'InvalidRegionId.MalFormed': why.noRegion,
    UserNotInTheWhiteList: why.whiteList,
  },
};
