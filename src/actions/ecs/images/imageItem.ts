import type { ResponseOf } from '../../../contract/sdk.ts';
import { imageDisksOf, type ImageDisk } from '../../../records/tables/imageDisks.ts';
import type { ImageRow, ListedImage } from '../../../records/tables/images.ts';
import { SYSTEM } from '../../../records/tables/tags.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { EVERY_REGION } from '../../../rules/catalogue.ts';
import { secondsTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';
import { tagsOf, type TagShown } from '../../tags.ts';

type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeImages'>['images']>['image']>[number];
type FamilyItem = NonNullable<ResponseOf<'Ecs', 'DescribeImageFromFamily'>['image']>;

/** An image as one caller sees it. */
interface Seen {
  row: ListedImage;
  disks: ImageDisk[];
  tags: TagShown[];
  alias: string;
  isOwn: boolean;
}

/** Rows as DescribeImages shows them to the caller, in the same order. */
export async function imageItems(call: Call, regionId: string, rows: readonly ListedImage[]): Promise<Item[]> {
  return (await seenBy(call, regionId, rows)).map(imageItem);
}

/** Rows as DescribeImageFromFamily shows them: less of each. */
export async function familyItems(call: Call, regionId: string, rows: readonly ListedImage[]): Promise<FamilyItem[]> {
  const seen = await seenBy(call, regionId, rows);
  return seen.map((image) => ({
    ...commonFields(image),
    diskDeviceMappings: { diskDeviceMapping: image.disks.map((disk) => commonMapping(disk, image.isOwn)) },
  }));
}

async function seenBy(call: Call, regionId: string, rows: readonly ListedImage[]): Promise<Seen[]> {
  const ids = rows.map(({ id }) => id);
  // The owner's tags are not shown to whom it shares with.
  const tags = await tagsOf(call.db, 'image', ids, { accountId: call.accountId, regionId });
  const everywhere = rows.filter((row) => row.regionId === EVERY_REGION).map(({ id }) => id);
  for (const [id, ofSystem] of await tagsOf(call.db, 'image', everywhere, SYSTEM)) tags.get(id)!.push(...ofSystem);
  const disks = new Map<string, ImageDisk[]>(ids.map((id) => [id, []]));
  for (const disk of await imageDisksOf(call.db, ids)) disks.get(disk.imageId)?.push(disk);
  return rows.map((row) => ({
    row,
    disks: disks.get(row.id) ?? [],
    tags: tags.get(row.id) ?? [],
    alias: aliasFor(call, row),
    isOwn: row.accountId === call.accountId,
  }));
}

function aliasFor(call: Call, row: ImageRow): string {
  if (row.kind !== 'self') return row.kind;
  return row.accountId === call.accountId ? 'self' : 'others';
}

function commonFields({ row, tags, alias, isOwn }: Seen) {
  return {
    imageId: row.id,
    imageName: row.name,
    imageVersion: row.version,
    imageFamily: row.family,
    description: row.description,
    size: row.sizeGib,
    status: row.status,
    progress: `${row.progress}%`,
    creationTime: secondsTime(row.createdAt),
    OSName: row.osName,
    OSType: row.osType,
    platform: row.platform,
    architecture: row.architecture,
    imageOwnerAlias: alias,
    isSelfShared: isOwn && row.isShared ? 'true' : '',
    isCopied: row.isCopied === 1,
    isSubscribed: false,
    isSupportCloudinit: row.isSupportCloudinit === 1,
    isSupportIoOptimized: row.isSupportIoOptimized === 1,
    productCode: row.productCode ?? '',
    usage: row.isUsed ? 'instance' : 'none',
    tags: { tag: tags },
  };
}

function imageItem(image: Seen): Item {
  const { row, disks, isOwn } = image;
  return {
    ...commonFields(image),
    usable: allows(imageCan.createInstance, row.status),
    OSNameEn: row.osNameEn,
    bootMode: row.bootMode,
    // A number on the wire. Public images are nobody's.
    ...(row.kind === 'self' && { imageOwnerId: Number(row.accountId) }),
    isPublic: false,
    loginAsNonRootSupported: false,
    licenseType: row.licenseType ?? '',
    supplierName: '',
    resourceGroupId: isOwn ? row.resourceGroupId : '',
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

function commonMapping(disk: ImageDisk, isOwn: boolean) {
  return {
    // Snapshots behind somebody else's image are no resources of the caller.
    snapshotId: isOwn ? (disk.snapshotId ?? '') : '',
    device: disk.device,
    type: disk.type,
    size: String(disk.sizeGib),
    format: disk.format,
    importOSSBucket: isOwn ? (disk.importBucket ?? '') : '',
    importOSSObject: isOwn ? (disk.importObject ?? '') : '',
  };
}

const mapping = (disk: ImageDisk, isOwn: boolean) => ({
  ...commonMapping(disk, isOwn),
  progress: `${disk.progress ?? 100}%`,
  remainTime: 0,
  encrypted: disk.encrypted === 1,
});
