import { updateDisk } from '../../../records/tables/disks.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { action } from '../../action.ts';
import { ownPolicy, policyRegion } from './policy.ts';
import { policyDisks } from './policyDisks.ts';

/** A disk has one policy at most: another takes the place of the one that it has. */
export const ApplyAutoSnapshotPolicy = action(
  'Ecs',
  'ApplyAutoSnapshotPolicy',
  { access: 'write', required: ['regionId', 'autoSnapshotPolicyId', 'diskIds'] },
  async (request, call) => {
    const { regionId } = policyRegion(call, request.regionId);
    const policy = await ownPolicy(call, regionId, request.autoSnapshotPolicyId);
    const disks = await policyDisks(call, regionId, request.diskIds);
    const local = disks.filter(({ category }) => isEphemeral(category));
    if (local.length > 0) {
      const code = 'DiskCategory.OperationNotSupported';
      throw call.error(local.length < disks.length ? `Partof${code}` : code);
    }
    for (const { id } of disks) await updateDisk(call.db, id, { autoSnapshotPolicyId: policy.id });
    return {};
  },
);
