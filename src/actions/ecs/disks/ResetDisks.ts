import { findRegion } from '../../../rules/regions.ts';
import { action } from '../../action.ts';
import { checkRollBack, rollBack } from './rollBack.ts';

const DISKS_AT_MOST = 10;

/** Rolls disks of one instance back to the moment of a snapshot group: all of those that are named, or none. */
export const ResetDisks = action(
  'Ecs',
  'ResetDisks',
  { access: 'write', required: ['regionId', 'disk'] },
  async (request, call) => {
    const region = findRegion(request.regionId);
    if (!region) throw call.error('InvalidRegionId.MalFormed');
    const wanted = request.disk;
    if (wanted.length > DISKS_AT_MOST) {
      throw call.error('InvalidParameter', { hint: `Disk.N are ${DISKS_AT_MOST} at most.` });
    }
    const checked = [];
    for (const { diskId, snapshotId } of wanted) {
      if (diskId === undefined || snapshotId === undefined) {
        const hint = 'Disk.N has a DiskId and a SnapshotId.';
        throw call.error('MissingParameter', { about: '%s', values: [hint] });
      }
      checked.push(await checkRollBack(call, diskId, snapshotId));
    }
    if (checked.some(({ disk }) => disk.regionId !== region.regionId)) throw call.error('InvalidDiskId.NotFound');
    if (new Set(checked.map(({ disk }) => disk.id)).size < checked.length) {
      throw call.error('InvalidParameter', { hint: 'A disk is named twice.' });
    }
    const groups = new Set(checked.map(({ snapshot }) => snapshot.snapshotGroupId));
    const instances = new Set(checked.map(({ instance }) => instance?.id ?? null));
    if (groups.size > 1 || groups.has(null) || instances.size > 1 || instances.has(null)) {
      throw call.error('OperationDenied', { hint: 'The snapshots are of one group, the disks of one instance.' });
    }
    for (const each of checked) await rollBack(call, each);
    return {
      operationProgressSet: {
        operationProgress: checked.map(({ disk }) => ({
          operationStatus: 'Success',
          errorCode: '',
          errorMsg: '',
          relatedItemSet: { relatedItem: [{ name: 'DiskId', value: disk.id }] },
        })),
      },
    };
  },
);
