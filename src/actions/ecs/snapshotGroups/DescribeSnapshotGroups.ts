import type { RequestOf, ResponseOf } from '../../../contract/sdk.ts';
import { findInstance } from '../../../records/tables/instances.ts';
import { listSnapshotGroups, membersOf, type SnapshotGroupRow } from '../../../records/tables/snapshotGroups.ts';
import type { SnapshotRow } from '../../../records/tables/snapshots.ts';
import { likePattern } from '../../../rules/names.ts';
import { groupStatus } from '../../../rules/snapshots.ts';
import { SNAPSHOT_STATUSES, type SnapshotStatus } from '../../../rules/states.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf, type TagShown } from '../../tags.ts';

type Request = RequestOf<'Ecs', 'DescribeSnapshotGroups'>;
type Item = NonNullable<
  NonNullable<ResponseOf<'Ecs', 'DescribeSnapshotGroups'>['snapshotGroups']>['snapshotGroup']
>[number];

const MAX_RESULTS = 100;

export const DescribeSnapshotGroups = action(
  'Ecs',
  'DescribeSnapshotGroups',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { instanceId } = request;
    if (instanceId !== undefined && !(await findInstance(call.db, call.accountId, instanceId))) {
      throw call.error('InvalidInstanceId.NotFound');
    }
    const filter = {
      accountId: call.accountId,
      regionId,
      ids: request.snapshotGroupId,
      name: request.name === undefined ? undefined : likePattern(request.name),
      instanceId,
      resourceGroupId: request.resourceGroupId,
      statuses: statusesOf(request, call),
      tagged: tagFilter(call, { resourceType: 'snapshotgroup', regionId }, request.tag),
    };
    const window = listWindow(call, { maxResults: 0, ...request }, { maxResults: MAX_RESULTS });
    const { rows, counts } = listAnswer(window, await listSnapshotGroups(call.db, filter, window));
    const ids = rows.map(({ id }) => id);
    const members = await membersOf(call.db, ids);
    const tags = await tagsOf(call.db, 'snapshotgroup', ids);
    return {
      nextToken: counts.nextToken,
      snapshotGroups: {
        snapshotGroup: rows.map((row) => groupItem(row, members.get(row.id)!, tags.get(row.id)!)),
      },
    };
  },
);

function statusesOf({ status }: Request, call: Call): SnapshotStatus[] | undefined {
  return status?.map((each) => {
    const known = SNAPSHOT_STATUSES.find((of) => of === each);
    if (!known) throw call.error('InvalidStatus.ValueNotSupported', { values: [`Status is not ${each}.`] });
    return known;
  });
}

const groupItem = (row: SnapshotGroupRow, members: readonly SnapshotRow[], tags: readonly TagShown[]): Item => ({
  snapshotGroupId: row.id,
  name: row.name,
  description: row.description,
  status: groupStatus(members.map(({ status }) => status)),
  instanceId: row.instanceId ?? '',
  creationTime: secondsTime(row.createdAt),
  resourceGroupId: row.resourceGroupId,
  tags: { tag: tags.map(({ tagKey, tagValue }) => ({ key: tagKey, value: tagValue })) },
  snapshots: {
    snapshot: members.map((member) => ({
      snapshotId: member.id,
      sourceDiskId: member.sourceDiskId ?? '',
      sourceDiskType: member.sourceDiskType,
      progress: `${member.progress}%`,
      available: member.status === 'accomplished',
      instantAccess: false,
      tags: { tag: [] },
    })),
  },
});
