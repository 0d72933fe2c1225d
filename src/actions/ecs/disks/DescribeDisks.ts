import type { RequestOf } from '../../../contract/sdk.ts';
import { listDisks, type DiskFilter } from '../../../records/tables/disks.ts';
import { findDiskCategory } from '../../../rules/diskCategories.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { likePattern } from '../../../rules/names.ts';
import type { Region } from '../../../rules/regions.ts';
import { DISK_STATUSES, type DiskStatus } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { creationFilter, listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter } from '../../tags.ts';
import { diskItems } from './diskItem.ts';

type Request = RequestOf<'Ecs', 'DescribeDisks'>;

const MAX_RESULTS = 500;
const IDS_AT_MOST = 100;
/** Categories that can be asked for but that no disk here has. */
const OTHER_CATEGORIES = new Set([
  'local_ssd_pro',
  'local_hdd_pro',
  'ephemeral',
  'ephemeral_ssd',
  'cloud_regional_disk_auto',
]);

export const DescribeDisks = action('Ecs', 'DescribeDisks', { access: 'read' }, async (request, call) => {
  const filter = readFilter(request, call);
  const window = listWindow(call, request, { maxResults: MAX_RESULTS });
  const found = matchesNothing(request, call) ? { rows: [], total: 0 } : await listDisks(call.db, filter, window);
  const { rows, counts } = listAnswer(window, found);
  return { ...counts, disks: { disk: await diskItems(call, rows) } };
});

function readFilter(request: Request, call: Call): DiskFilter {
  const region = call.region(request.regionId);
  const { regionId } = region;
  return {
    accountId: call.accountId,
    regionId,
    ids: readIds(call, request.diskIds),
    nameLike: request.diskName === undefined ? undefined : likePattern(request.diskName),
    zoneId: readZone(call, region, request.zoneId),
    instanceId: request.instanceId,
    type: readType(call, request.diskType),
    category: readCategory(call, request.category),
    status: readStatus(call, request.status),
    sourceSnapshotId: request.snapshotId,
    autoSnapshotPolicyId: request.autoSnapshotPolicyId,
    hasAutoSnapshotPolicy: request.enableAutomatedSnapshotPolicy,
    chargeType: readChargeType(call, request.diskChargeType),
    portable: request.portable,
    // `false` asks for nothing.
    encrypted: request.encrypted || undefined,
    kmsKeyId: request.KMSKeyId,
    deleteWithInstance: request.deleteWithInstance,
    deleteAutoSnapshot: request.deleteAutoSnapshot,
    enableAutoSnapshot: request.enableAutoSnapshot,
    resourceGroupId: request.resourceGroupId,
    ...creationFilter(call, request.filter),
    tagged: tagFilter(call, { resourceType: 'disk', regionId }, request.tag),
  };
}

/** Asked for something that no disk here has. */
function matchesNothing(request: Request, call: Call): boolean {
  const { lockReason, multiAttach } = request;
  if (lockReason !== undefined && !['financial', 'security'].includes(lockReason)) {
    throw call.error('InvalidLockReason.NotFound');
  }
  if (multiAttach !== undefined && !['Enabled', 'Disabled', 'LegacyShared'].includes(multiAttach)) {
    throw call.error('InvalidParameter.MultiAttach');
  }
  const wantsShared = request.enableShared === true || (multiAttach !== undefined && multiAttach !== 'Disabled');
  return lockReason !== undefined || wantsShared;
}

function readIds(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = jsonIds(text);
  if (ids) return ids;
  throw call.error(text.split(',').length > IDS_AT_MOST ? 'InvalidDiskIds.Malformed' : 'InvalidParameter.DiskIds');
}

function readZone(call: Call, region: Region, zoneId: string | undefined): string | undefined {
  if (zoneId !== undefined && !region.zones.includes(zoneId)) throw call.error('InvalidZoneId.NotFound');
  return zoneId;
}

function readType(call: Call, type: string | undefined): 'system' | 'data' | undefined {
  if (type === undefined || type === 'all') return undefined;
  if (type !== 'system' && type !== 'data') throw call.error('InvalidDiskType.ValueNotSupported');
  return type;
}

function readCategory(call: Call, category: string | undefined): string | undefined {
  if (category === undefined || category === 'all') return undefined;
  if (!findDiskCategory(category) && !OTHER_CATEGORIES.has(category)) {
    throw call.error('InvalidCategory.ValueNotSupported');
  }
  return category;
}

function readStatus(call: Call, status: string | undefined): DiskStatus | undefined {
  if (status === undefined || status.toLowerCase() === 'all') return undefined;
  const found = DISK_STATUSES.find((known) => known === status);
  if (!found) throw call.error('InvalidStatus.ValueNotSupported');
  return found;
}

function readChargeType(call: Call, type: string | undefined): 'PostPaid' | 'PrePaid' | undefined {
  if (type === undefined || type === 'PostPaid' || type === 'PrePaid') return type;
  throw call.error('InvalidDiskChargeType.NotFound');
}
