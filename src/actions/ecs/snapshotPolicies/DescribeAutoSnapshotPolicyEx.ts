import type { ResponseOf } from '../../../contract/sdk.ts';
import {
  countPolicyDisks,
  listPolicies,
  type AutoSnapshotPolicyRow,
} from '../../../records/tables/autoSnapshotPolicies.ts';
import { likePattern } from '../../../rules/names.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { tagFilter, tagsOf, type TagShown } from '../../tags.ts';

type Response = ResponseOf<'Ecs', 'DescribeAutoSnapshotPolicyEx'>;
type Item = NonNullable<NonNullable<Response['autoSnapshotPolicies']>['autoSnapshotPolicy']>[number];

export const DescribeAutoSnapshotPolicyEx = action(
  'Ecs',
  'DescribeAutoSnapshotPolicyEx',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, request);
    const filter = {
      accountId: call.accountId,
      regionId,
      id: request.autoSnapshotPolicyId,
      name: request.autoSnapshotPolicyName === undefined ? undefined : likePattern(request.autoSnapshotPolicyName),
      resourceGroupId: request.resourceGroupId,
      tagged: tagFilter(call, { resourceType: 'snapshotpolicy', regionId }, request.tag),
    };
    const { rows, total } = await listPolicies(call.db, filter, { offset: page.offset, size: page.size });
    const ids = rows.map(({ id }) => id);
    const disks = await countPolicyDisks(call.db, ids);
    const tags = await tagsOf(call.db, 'snapshotpolicy', ids);
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      autoSnapshotPolicies: {
        autoSnapshotPolicy: rows.map((row) => policyItem(row, disks.get(row.id) ?? 0, tags.get(row.id) ?? [])),
      },
    };
  },
);

const policyItem = (row: AutoSnapshotPolicyRow, diskNums: number, tags: TagShown[]): Item => ({
  autoSnapshotPolicyId: row.id,
  autoSnapshotPolicyName: row.name,
  regionId: row.regionId,
  status: 'Normal',
  type: 'Custom',
  associationType: 'AssociatedWithDisk',
  timePoints: row.timePoints,
  repeatWeekdays: row.repeatWeekdays,
  retentionDays: row.retentionDays ?? -1,
  enableCrossRegionCopy: row.copyRegionId !== null,
  targetCopyRegions: JSON.stringify(row.copyRegionId === null ? [] : [row.copyRegionId]),
  copiedSnapshotsRetentionDays: row.copiedRetentionDays ?? -1,
  copyEncryptionConfiguration: {
    encrypted: row.copyKmsKeyId !== null,
    ...(row.copyKmsKeyId !== null && { KMSKeyId: row.copyKmsKeyId }),
  },
  diskNums,
  volumeNums: 0,
  creationTime: secondsTime(row.createdAt),
  resourceGroupId: row.resourceGroupId,
  tags: { tag: tags },
});
