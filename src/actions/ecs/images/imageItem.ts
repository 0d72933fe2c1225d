import type { ResponseOf } from '../../../contract/sdk.ts';
import { imageDisksOf, type ImageDisk } from '../../../records/tables/imageDisks.ts';
import type { ImageRow, ListedImage } from '../../../records/tables/images.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { secondsTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';
import { tagsOf, type TagShown } from '../../tags.ts';

type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeImages'>['images']>['image']>[number];

/** Rows as DescribeImages shows them to the caller, in the same order. */
export async function imageItems(call: Call, regionId: string, rows: readonly ListedImage[]): Promise<Item[]> {
  const ids = rows.map(({ id }) => id);
  // The owner's tags are not shown to whom it shares with.
  const tags = await tagsOf(call.db, 'image', ids, { accountId: call.accountId, regionId });
  const disks = new Map<string, ImageDisk[]>(ids.map((id) => [id, []]));
  for (const disk of await imageDisksOf(call.db, ids)) disks.get(disk.imageId)?.push(disk);
  return rows.map((row) => imageItem(call, row, disks.get(row.id) ?? [], tags.get(row.id) ?? []));
}

function imageItem(call: Call, row: ListedImage, disks: ImageDisk[], tags: TagShown[]): Item {
  const isOwn = row.accountId === call.accountId;
  return {
    imageId: row.id,
    imageName: row.name,
    imageVersion: row.version,
    imageFamily: row.family,
    description: row.description,
    size: row.sizeGib,
    status: row.status,
    progress: `${row.progress}%`,
    usable: allows(imageCan.createInstance, row.status),
    creationTime: secondsTime(row.createdAt),
    OSName: row.osName,
    OSNameEn: row.osNameEn,
    OSType: row.osType,
    platform: row.platform,
    architecture: row.architecture,
    bootMode: row.bootMode,
    imageOwnerAlias: aliasFor(call, row),
    // A number on the wire. Public images are nobody's.
    ...(row.kind === 'self' && { imageOwnerId: Number(row.accountId) }),
    isSelfShared: isOwn && row.isShared ? 'true' : '',
    isCopied: row.isCopied === 1,
    isSubscribed: false,
    isPublic: false,
    isSupportCloudinit: row.isSupportCloudinit === 1,
    isSupportIoOptimized: row.isSupportIoOptimized === 1,
    loginAsNonRootSupported: false,
    licenseType: row.licenseType ?? '',
    productCode: row.productCode ?? '',
    supplierName: '',
    usage: row.isUsed ? 'instance' : 'none',
    resourceGroupId: isOwn ? row.resourceGroupId : '',
    tags: { tag: tags },
    features: {
      nvmeSupport: row.nvmeSupport,
      imdsSupport: row.imdsSupport,
      cpuOnlineUpgrade: 'unsupported',
      cpuOnlineDowngrade: 'unsupported',
      memoryOnlineUpgrade: 'unsupported',
      memoryOnlineDowngrade: 'unsupported',
    },
    secureBootOptions: { secureBootSupport: 'unsupported' },
    detectionOptions: { status: '', items: { item: [] } },
    diskDeviceMappings: { diskDeviceMapping: disks.map((disk) => mapping(disk, isOwn)) },
  };
}

function aliasFor(call: Call, row: ImageRow): string {
  if (row.kind !== 'self') return row.kind;
  return row.accountId === call.accountId ? 'self' : 'others';
}

function mapping(disk: ImageDisk, isOwn: boolean) {
  return {
    // Snapshots behind somebody else's image are no resources of the caller.
    snapshotId: isOwn ? (disk.snapshotId ?? '') : '',
    device: disk.device,
    type: disk.type,
    size: String(disk.sizeGib),
    format: disk.format,
    progress: `${disk.progress ?? 100}%`,
    remainTime: 0,
    encrypted: disk.encrypted === 1,
    importOSSBucket: isOwn ? (disk.importBucket ?? '') : '',
    importOSSObject: isOwn ? (disk.importObject ?? '') : '',
  };
}
