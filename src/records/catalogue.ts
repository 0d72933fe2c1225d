import { createHash } from 'node:crypto';
import {
  CATALOGUE_ACCOUNT,
  catalogue,
  catalogueText,
  EVERY_REGION,
  findCatalogueImage,
  type CatalogueImage,
} from '../rules/catalogue.ts';
import { SYSTEM_DEVICE } from '../rules/devices.ts';
import type { Database, Db, Tx } from './database.ts';
import type { ImageDiskRow } from './tables/imageDisks.ts';
import type { ImageRow } from './tables/images.ts';
import { getSetting, setSetting } from './tables/settings.ts';
import { removeSnapshots, type SnapshotRow } from './tables/snapshots.ts';
import { deleteTags, setTags, SYSTEM } from './tables/tags.ts';

/** What the records hold: a digest of the catalogue, null when it is switched off. */
const HELD = 'catalogue';
/** Of the rows that are made of an entry: raised when they are made otherwise. */
const ROWS_VERSION = 1;

/** On every entry: `own`, `builtin` or `none`, after what its disks begin from. */
export const DISK_TAG = 'acs:tongjing:disk';
const CONTAINER_TAG = 'acs:tongjing:container';
const DESKTOP_TAG = 'acs:tongjing:desktop';

/** Brings the rows of the public images up to date with the catalogue, or takes them away. Writes nothing when nothing changed. */
export async function openCatalogue(database: Database, isOn: boolean, now: number): Promise<void> {
  const digest = isOn ? createHash('sha256').update(`${ROWS_VERSION}\n${catalogueText}`).digest('hex') : null;
  if (((await getSetting<string | null>(database.read, HELD)) ?? null) === digest) return;
  await database.write(async (tx) => {
    await tx
      .updateTable('images')
      .set({ deletedAt: now })
      .where('regionId', '=', EVERY_REGION)
      .where('deletedAt', 'is', null)
      .execute();
    if (isOn) await writeEntries(tx);
    await setSetting(tx, HELD, digest);
  });
}

async function writeEntries(tx: Tx): Promise<void> {
  const own = await ownDisks(tx);
  for (const entry of catalogue) {
    const sizeGib = sizeOf(entry, own.get(entry.imageId));
    const { id, ...image } = imageOf(entry, sizeGib);
    await tx
      .insertInto('images')
      .values({ id, ...image })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(image))
      .execute();
    await tx
      .insertInto('imageDisks')
      .values(diskOf(entry, sizeGib))
      .onConflict((conflict) => conflict.columns(['imageId', 'position']).doUpdateSet({ sizeGib }))
      .execute();
  }
  const builtin = await builtinDisk(tx);
  if (builtin) await standOn(tx, builtin, withoutOwnDisk(own));
  await writeTags(tx);
}

/** A disk made from it has to hold what was imported for it. */
const sizeOf = (entry: CatalogueImage, own: SnapshotRow | undefined): number =>
  Math.max(entry.sizeGib, own?.sourceDiskSizeGib ?? 0);

const imageOf = (entry: CatalogueImage, sizeGib: number): ImageRow => ({
  id: entry.imageId,
  accountId: CATALOGUE_ACCOUNT,
  regionId: EVERY_REGION,
  kind: 'system',
  name: entry.imageId,
  family: entry.family,
  version: '',
  description: describe(entry),
  status: entry.status,
  progress: 100,
  platform: entry.platform,
  osType: entry.osType,
  osName: entry.osName,
  osNameEn: entry.osNameEn,
  architecture: entry.architecture,
  bootMode: entry.bootMode,
  sizeGib,
  isCopied: 0,
  isSupportCloudinit: entry.cloudInit ? 1 : 0,
  isSupportIoOptimized: entry.ioOptimized ? 1 : 0,
  nvmeSupport: entry.nvme ? 'supported' : 'unsupported',
  imdsSupport: entry.imds ? 'v2' : 'v1',
  licenseType: null,
  productCode: null,
  resourceGroupId: '',
  sourceInstanceId: null,
  sourceImageId: null,
  sourceRegionId: null,
  createdAt: entry.createdAt,
  deletedAt: null,
});

const diskOf = (entry: CatalogueImage, sizeGib: number): ImageDiskRow => ({
  imageId: entry.imageId,
  position: 0,
  snapshotId: null,
  device: SYSTEM_DEVICE,
  type: 'system',
  sizeGib,
  format: 'RAW',
  category: null,
  importBucket: null,
  importObject: null,
});

function describe({ title, kernel, licence, sources }: CatalogueImage): string {
  const versions = kernel === undefined ? '' : ` Kernel ${kernel}.`;
  return `${title}.${versions} Licence: ${licence} Sources: ${sources}`;
}

/** What the entries' disks begin from, by entry. Nobody's rows: no caller sees them. */
async function ownDisks(db: Db): Promise<Map<string, SnapshotRow>> {
  const rows = await stored(db).where('imageId', 'is not', null).execute();
  return new Map(rows.map((row) => [row.imageId!, row]));
}

const builtinDisk = (db: Db) => stored(db).where('imageId', 'is', null).executeTakeFirst();

const stored = (db: Db) =>
  db
    .selectFrom('snapshots')
    .selectAll()
    .where('accountId', '=', CATALOGUE_ACCOUNT)
    .where('status', '=', 'accomplished')
    .orderBy('createdAt', 'desc');

/** Those that can stand on the built-in disk, which is for x86. */
const withoutOwnDisk = (own: ReadonlyMap<string, SnapshotRow>): string[] =>
  catalogue
    .filter(({ imageId, architecture }) => architecture !== 'arm64' && !own.has(imageId))
    .map(({ imageId }) => imageId);

/** The entries' disks begin from the snapshot, from now on. */
async function standOn(tx: Tx, snapshot: SnapshotRow, imageIds: readonly string[]): Promise<void> {
  if (imageIds.length === 0) return;
  await tx.updateTable('imageDisks').set({ snapshotId: snapshot.id }).where('imageId', 'in', imageIds).execute();
}

/** A stored disk takes its place: an entry's own, or (`imageId` null) the built-in one. What stood there before goes. */
export async function placeDisk(tx: Tx, snapshot: SnapshotRow): Promise<void> {
  const { imageId } = snapshot;
  const former = (await stored(tx).execute()).filter((row) => row.imageId === imageId && row.id !== snapshot.id);
  if (imageId === null) await standOn(tx, snapshot, withoutOwnDisk(await ownDisks(tx)));
  else {
    await standOn(tx, snapshot, [imageId]);
    const sizeGib = sizeOf(findCatalogueImage(imageId)!, snapshot);
    await tx.updateTable('images').set({ sizeGib }).where('id', '=', imageId).execute();
    await tx.updateTable('imageDisks').set({ sizeGib }).where('imageId', '=', imageId).execute();
  }
  await removeSnapshots(
    tx,
    former.map(({ id }) => id),
    snapshot.completedAt!,
  );
  await writeTags(tx);
}

async function writeTags(tx: Tx): Promise<void> {
  const own = await ownDisks(tx);
  const onBuiltin = new Set((await builtinDisk(tx)) ? withoutOwnDisk(own) : []);
  await deleteTags(
    tx,
    'image',
    catalogue.map(({ imageId }) => imageId),
    { owner: SYSTEM },
  );
  for (const { imageId, container, desktop } of catalogue) {
    const tagged = { ...SYSTEM, resourceType: 'image', resourceId: imageId };
    const disk = own.has(imageId) ? 'own' : onBuiltin.has(imageId) ? 'builtin' : 'none';
    await setTags(tx, tagged, [
      { key: DISK_TAG, value: disk },
      ...(container ? [{ key: CONTAINER_TAG, value: 'true' }] : []),
      ...(desktop ? [{ key: DESKTOP_TAG, value: 'true' }] : []),
    ]);
  }
}

/** What a disk made of the entry begins from now; undefined when it has none. */
export const diskOfEntry = (db: Db, imageId: string) =>
  db
    .selectFrom('imageDisks')
    .innerJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
    .select(['snapshots.regionId', 'snapshots.root', 'snapshots.sizeBytes'])
    .where('imageDisks.imageId', '=', imageId)
    .where('imageDisks.position', '=', 0)
    .executeTakeFirst();
