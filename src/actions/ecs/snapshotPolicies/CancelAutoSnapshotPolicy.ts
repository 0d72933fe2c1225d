import { updateDisk } from '../../../records/tables/disks.ts';
import { action } from '../../action.ts';
import { policyRegion } from './policy.ts';
import { policyDisks } from './policyDisks.ts';

/** Takes its policy, or the one that is named, off each disk. Disks without it stay as they are. */
export const CancelAutoSnapshotPolicy = action(
  'Ecs',
  'CancelAutoSnapshotPolicy',
  { access: 'write', required: ['regionId', 'diskIds'] },
  async (request, call) => {
    const { regionId } = policyRegion(call, request.regionId);
    const { autoSnapshotPolicyId: policyId } = request;
    for (const disk of await policyDisks(call, regionId, request.diskIds)) {
      if (policyId !== undefined && disk.autoSnapshotPolicyId !== policyId) continue;
      await updateDisk(call.db, disk.id, { autoSnapshotPolicyId: null });
    }
    return {};
  },
);
