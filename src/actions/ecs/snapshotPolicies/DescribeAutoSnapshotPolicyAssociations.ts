import { listDisks } from '../../../records/tables/disks.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';

const MAX_RESULTS = 100;

/** Which disks which policies are applied to. */
export const DescribeAutoSnapshotPolicyAssociations = action(
  'Ecs',
  'DescribeAutoSnapshotPolicyAssociations',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { autoSnapshotPolicyId, diskId } = request;
    if (autoSnapshotPolicyId !== undefined && diskId !== undefined) {
      throw call.error('InvalidParameter', { hint: 'AutoSnapshotPolicyId and DiskId exclude each other.' });
    }
    const window = listWindow(call, { maxResults: 0, ...request }, { maxResults: MAX_RESULTS });
    const filter = {
      accountId: call.accountId,
      regionId,
      hasAutoSnapshotPolicy: true,
      autoSnapshotPolicyId,
      ids: diskId === undefined ? undefined : [diskId],
    };
    const { rows, counts } = listAnswer(window, await listDisks(call.db, filter, window));
    return {
      nextToken: counts.nextToken,
      autoSnapshotPolicyAssociations: {
        autoSnapshotPolicyAssociation: rows.map((disk) => ({
          autoSnapshotPolicyId: disk.autoSnapshotPolicyId!,
          diskId: disk.id,
        })),
      },
    };
  },
);
