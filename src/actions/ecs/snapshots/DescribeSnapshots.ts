import type { RequestOf, ResponseOf } from '../../../contract/sdk.ts';
import {
  isSnapshotLink,
  listSnapshots,
  type ListedSnapshot,
  type SnapshotFilter,
} from '../../../records/tables/snapshots.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { likePattern } from '../../../rules/names.ts';
import { remainingSeconds } from '../../../rules/snapshots.ts';
import { SNAPSHOT_STATUSES } from '../../../rules/states.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { creationFilter, listAnswer, listWindow } from '../../listWindow.ts';
import { oneOf } from '../../oneOf.ts';
import { tagFilter, tagsOf, type TagShown } from '../../tags.ts';

type Request = RequestOf<'Ecs', 'DescribeSnapshots'>;
type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeSnapshots'>['snapshots']>['snapshot']>[number];

const MAX_RESULTS = 100;

export const DescribeSnapshots = action('Ecs', 'DescribeSnapshots', { access: 'read' }, async (request, call) => {
  const filter = await readFilter(request, call);
  const window = listWindow(call, request, { maxResults: MAX_RESULTS });
  const isStandard = checkCategory(request, call);
  const found = isStandard ? await listSnapshots(call.db, filter, window) : { rows: [], total: 0 };
  const { rows, counts } = listAnswer(window, found);
  const tags = await tagsOf(
    call.db,
    'snapshot',
    rows.map(({ id }) => id),
  );
  return {
    ...counts,
    snapshots: { snapshot: rows.map((row) => snapshotItem(row, call.clock.now(), tags.get(row.id) ?? [])) },
  };
});

async function readFilter(request: Request, call: Call): Promise<SnapshotFilter> {
  const { regionId } = call.region(request.regionId);
  const { accountId } = call;
  const status = oneOf(call, request.status, [...SNAPSHOT_STATUSES, 'all'], 'InvalidStatus.NotFound');
  const type = oneOf(
    call,
    request.snapshotType?.toLowerCase(),
    ['auto', 'user', 'timer', 'all'],
    'InvalidSnapshotType.NotFound',
  );
  const link = request.snapshotLinkId;
  if (link !== undefined && !(await isSnapshotLink(call.db, { accountId, regionId }, link))) {
    throw call.error('InvalidSnapshotLinkId.NotFound');
  }
  return {
    accountId,
    regionId,
    ids: idsOf(call, request.snapshotIds),
    name: request.snapshotName === undefined ? undefined : likePattern(request.snapshotName),
    status: status === 'all' ? undefined : status,
    type: type === 'all' ? undefined : type === 'timer' ? 'auto' : type,
    diskId: request.diskId,
    instanceId: request.instanceId,
    sourceDiskType: oneOf(call, request.sourceDiskType?.toLowerCase(), ['system', 'data'], 'InvalidSourceDiskType'),
    snapshotLinkId: link,
    usage: oneOf(call, request.usage, ['image', 'disk', 'image_disk', 'none'], 'InvalidUsage'),
    // False, the default, is no filter.
    encrypted: request.encrypted ? 1 : undefined,
    kmsKeyId: request.KMSKeyId,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'snapshot', regionId }, request.tag),
    ...creationFilter(call, request.filter),
  };
}

function idsOf(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = jsonIds(text);
  if (!ids) throw call.error('InvalidSnapshotIds.Malformed');
  return ids;
}

/** Whether standard snapshots, the only ones there are, are asked for. */
function checkCategory(request: Request, call: Call): boolean {
  const category = request.category?.toLowerCase();
  const known = oneOf(call, category, ['standard', 'flash', 'archive'], 'InvalidSnapshotCategory.Malformed');
  return known === undefined || known === 'standard';
}

function snapshotItem(row: ListedSnapshot, now: number, tags: TagShown[]): Item {
  const remainTime = row.status === 'progressing' ? remainingSeconds(row.progress, now - row.createdAt) : 0;
  return {
    snapshotId: row.id,
    snapshotName: row.name,
    description: row.description,
    regionId: row.regionId,
    status: row.status,
    progress: `${row.progress}%`,
    ...(remainTime !== null && { remainTime }),
    available: row.status === 'accomplished',
    category: 'standard',
    snapshotType: row.type,
    snapshotSN: '',
    snapshotLinkId: row.snapshotLinkId ?? '',
    sourceDiskId: row.sourceDiskId ?? '',
    sourceDiskType: row.sourceDiskType,
    sourceDiskSize: String(row.sourceDiskSizeGib),
    sourceStorageType: 'disk',
    sourceSnapshotId: row.sourceSnapshotId ?? '',
    sourceRegionId: row.sourceRegionId ?? '',
    creationTime: secondsTime(row.createdAt),
    lastModifiedTime: secondsTime(row.completedAt ?? row.createdAt),
    ...(row.retentionDays !== null && { retentionDays: row.retentionDays }),
    encrypted: row.encrypted === 1,
    KMSKeyId: row.kmsKeyId ?? '',
    productCode: row.productCode ?? '',
    usage: usageOf(row),
    instantAccess: false,
    resourceGroupId: row.resourceGroupId,
    tags: { tag: tags },
  };
}

function usageOf({ hasImage, hasDisk }: ListedSnapshot): string {
  if (hasImage) return hasDisk ? 'image_disk' : 'image';
  return hasDisk ? 'disk' : 'none';
}
