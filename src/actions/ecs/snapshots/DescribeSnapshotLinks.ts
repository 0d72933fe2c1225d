import type { ResponseOf } from '../../../contract/sdk.ts';
import { listSnapshotLinks, type SnapshotLink } from '../../../records/snapshotLinks.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { findRegion } from '../../../rules/regions.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';

type Item = NonNullable<
  NonNullable<ResponseOf<'Ecs', 'DescribeSnapshotLinks'>['snapshotLinks']>['snapshotLink']
>[number];

const MAX_RESULTS = 100;

/** One chain for each disk that snapshots were made of, as long as one of them is left. */
export const DescribeSnapshotLinks = action(
  'Ecs',
  'DescribeSnapshotLinks',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const { regionId, instanceId } = request;
    if (!findRegion(regionId)) throw call.error('InvalidRegionId');
    const diskIds = idsOf(call, request.diskIds, 'InvalidDiskIds');
    const ids = idsOf(call, request.snapshotLinkIds, 'InvalidSnapshotLinkIds');
    const window = listWindow(call, request, { maxResults: MAX_RESULTS });
    const filter = { accountId: call.accountId, regionId, instanceId, diskIds, ids };
    const { rows, counts } = listAnswer(window, await listSnapshotLinks(call.db, filter, window));
    return { ...counts, snapshotLinks: { snapshotLink: rows.map((row) => linkItem(row, regionId)) } };
  },
);

function idsOf(call: Call, text: string | undefined, code: string): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = jsonIds(text);
  if (!ids) throw call.error(code);
  return ids;
}

const linkItem = (row: SnapshotLink, regionId: string): Item => ({
  regionId,
  snapshotLinkId: row.id,
  sourceDiskId: row.sourceDiskId,
  sourceDiskName: row.diskName ?? '',
  sourceDiskSize: row.diskSizeGib ?? row.sourceDiskSizeGib,
  sourceDiskType: row.diskType ?? row.sourceDiskType,
  instanceId: row.instanceId ?? '',
  instanceName: row.instanceName ?? '',
  category: 'standard',
  instantAccess: false,
  totalCount: row.count,
  totalSize: row.sizeBytes,
});
