import type { ResponseOf } from '../../../contract/sdk.ts';
import { foreignSnapshots, type DiskRow } from '../../../records/tables/disks.ts';
import { secondsTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';
import { tagsOf, type TagShown } from '../../tags.ts';

type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeDisks'>['disks']>['disk']>[number];

/** Rows as DescribeDisks shows them, in the same order. */
export async function diskItems(call: Call, rows: readonly DiskRow[]): Promise<Item[]> {
  const tags = await tagsOf(
    call.db,
    'disk',
    rows.map(({ id }) => id),
  );
  // What lies behind another account's image is nobody else's business.
  const hidden = await foreignSnapshots(
    call.db,
    call.accountId,
    rows.flatMap(({ sourceSnapshotId }) => sourceSnapshotId ?? []),
  );
  return rows.map((row) => diskItem(row, hidden, tags.get(row.id) ?? []));
}

function diskItem(row: DiskRow, hidden: ReadonlySet<string>, tags: TagShown[]): Item {
  const attachedTime = row.attachedAt === null ? '' : secondsTime(row.attachedAt);
  const attachments =
    row.instanceId === null ? [] : [{ instanceId: row.instanceId, device: row.device ?? '', attachedTime }];
  const { sourceSnapshotId } = row;
  return {
    diskId: row.id,
    diskName: row.name,
    description: row.description,
    regionId: row.regionId,
    zoneId: row.zoneId,
    type: row.type,
    category: row.category,
    performanceLevel: row.performanceLevel ?? '',
    // An offline resize is shown, and paid, from the moment it is ordered.
    size: row.pendingSizeGib ?? row.sizeGib,
    status: row.status,
    instanceId: row.instanceId ?? '',
    device: row.device ?? '',
    serialNumber: row.serialNumber,
    imageId: row.imageId ?? '',
    sourceSnapshotId: sourceSnapshotId === null || hidden.has(sourceSnapshotId) ? '' : sourceSnapshotId,
    productCode: row.productCode ?? '',
    portable: row.portable === 1,
    deleteWithInstance: row.deleteWithInstance === 1,
    deleteAutoSnapshot: row.deleteAutoSnapshot === 1,
    enableAutoSnapshot: row.enableAutoSnapshot === 1,
    enableAutomatedSnapshotPolicy: row.autoSnapshotPolicyId !== null,
    autoSnapshotPolicyId: row.autoSnapshotPolicyId ?? '',
    encrypted: row.encrypted === 1,
    KMSKeyId: row.kmsKeyId ?? '',
    diskChargeType: row.chargeType,
    expiredTime: '',
    creationTime: secondsTime(row.createdAt),
    attachedTime: row.instanceId === null ? '' : attachedTime,
    detachedTime: row.detachedAt === null ? '' : secondsTime(row.detachedAt),
    resourceGroupId: row.resourceGroupId,
    multiAttach: 'Disabled',
    burstingEnabled: false,
    provisionedIops: 0,
    storageSetId: '',
    storageClusterId: '',
    mountInstanceNum: attachments.length,
    mountInstances: { mountInstance: attachments },
    attachments: { attachment: attachments },
    operationLocks: { operationLock: [] },
    tags: { tag: tags },
  };
}
