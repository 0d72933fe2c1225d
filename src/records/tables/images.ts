import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { EVERY_REGION } from '../../rules/catalogue.ts';
import type { ImageTraits } from '../../rules/imageFit.ts';
import type { ImageStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import type { Flag, Schema } from '../schema.ts';
import type { ImageDiskRow } from './imageDisks.ts';
import { hasNotEnded } from './imageShares.ts';
import type { idsWithTags } from './tags.ts';

export interface ImageRow {
  id: string;
  accountId: string;
  /** `EVERY_REGION`: the catalogue's. */
  regionId: string;
  /** `system`: public, for everyone; `self`: custom; `marketplace`. What a caller sees as ImageOwnerAlias follows from this and the shares. */
  kind: 'system' | 'self' | 'marketplace';
  name: string;
  family: string;
  version: string;
  description: string;
  status: ImageStatus;
  /** 0 … 100. */
  progress: number;
  platform: string;
  osType: 'linux' | 'windows';
  osName: string;
  osNameEn: string;
  architecture: 'i386' | 'x86_64' | 'arm64';
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  /** System disk only. */
  sizeGib: number;
  isCopied: Flag;
  isSupportCloudinit: Flag;
  isSupportIoOptimized: Flag;
  nvmeSupport: 'supported' | 'unsupported';
  imdsSupport: 'v1' | 'v2';
  licenseType: string | null;
  productCode: string | null;
  resourceGroupId: string;
  /** What it was made from, for lineage: each null when it does not apply. */
  sourceInstanceId: string | null;
  sourceImageId: string | null;
  sourceRegionId: string | null;
  createdAt: number;
  /** Set once deleted: the row stays so that instances keep naming it; every query but lineage leaves it out. */
  deletedAt: number | null;
}

/** An account looking at, or owning things in, one region. */
export interface Place {
  accountId: string;
  regionId: string;
}

/** A place, looked at at a moment: shares end. */
export interface View extends Place {
  now: number;
}

export interface ImageFilter extends View {
  /** What `accountId` sees them as; absent: whatever it sees. */
  alias?: 'system' | 'self' | 'others' | 'marketplace' | undefined;
  ids?: readonly string[] | undefined;
  ownerId?: string | undefined;
  /** LIKE pattern with `\` as escape. */
  name?: string | undefined;
  family?: string | undefined;
  /** Absent: any. */
  statuses?: readonly ImageStatus[] | undefined;
  /** Own images that hold the snapshot. */
  snapshotId?: string | undefined;
  /** Whether an instance of the account was made from it. */
  usage?: 'instance' | 'none' | undefined;
  osType?: ImageRow['osType'] | undefined;
  architecture?: ImageRow['architecture'] | undefined;
  /** One of these: with one of the traits and, if there are, among the ids. */
  fitting?: readonly { traits: readonly ImageTraits[]; ids?: readonly string[] | null }[] | undefined;
  isSupportIoOptimized?: Flag | undefined;
  isSupportCloudinit?: Flag | undefined;
  hasDataDisks?: false | undefined;
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

/** An image with what DescribeImages says of its use. */
export interface ListedImage extends ImageRow {
  isShared: Flag;
  isUsed: Flag;
}

type OnImages = ExpressionBuilder<Schema, 'images'>;
type Condition = Expression<SqlBool>;

const isPublic = (eb: OnImages): Condition => eb('kind', 'in', ['system', 'marketplace']);

const received = (eb: OnImages, accountId: string, now: number) =>
  eb
    .selectFrom('imageShares')
    .select('imageId')
    .where('accountId', '=', accountId)
    .where((share) => hasNotEnded(share, now));

const isSharedWith = (eb: OnImages, { accountId, now }: View): Condition =>
  eb('id', 'in', received(eb, accountId, now).where('isPending', '=', 0));

/** By the account's list of publishers, where it has one. */
function isAllowed(eb: OnImages, accountId: string): Condition {
  const publishers = eb.selectFrom('allowedPublishers').select('publisher').where('accountId', '=', accountId);
  return eb.or([
    eb.not(eb.exists(publishers)),
    eb('accountId', '=', accountId),
    eb('accountId', 'in', publishers),
    eb('kind', 'in', publishers as never),
  ]);
}

/** Public, own, and shared with the account, of publishers that it allows: nobody else's ever. */
const isVisibleTo = (eb: OnImages, view: View): Condition =>
  eb.and([
    eb.or([isPublic(eb), eb('accountId', '=', view.accountId), isSharedWith(eb, view)]),
    isAllowed(eb, view.accountId),
  ]);

function seenAs(eb: OnImages, alias: ImageFilter['alias'], view: View): Condition {
  if (alias === undefined) return isVisibleTo(eb, view);
  if (alias === 'self') return eb.and([eb('accountId', '=', view.accountId), eb('kind', '=', 'self')]);
  const isOne = alias === 'others' ? isSharedWith(eb, view) : eb('kind', '=', alias);
  return eb.and([isOne, isAllowed(eb, view.accountId)]);
}

const isUsedIn = (eb: OnImages, { accountId, regionId }: Place) =>
  eb.exists(
    eb
      .selectFrom('instances')
      .select(sql.lit(1).as('one'))
      .whereRef('instances.imageId', '=', 'images.id')
      .where('instances.accountId', '=', accountId)
      .where('instances.regionId', '=', regionId),
  );

/** What the region has: its own, and what every region has. */
const isIn = (eb: OnImages, regionId: string): Condition => eb('regionId', 'in', [regionId, EVERY_REGION]);

const existing = (db: Db) => db.selectFrom('images').where('deletedAt', 'is', null);

/** A page of the images that match, newest first, and how many match in all. */
export async function listImages(
  db: Db,
  filter: ImageFilter,
  window: { offset: number; size: number },
): Promise<{ rows: ListedImage[]; total: number }> {
  // The catalogue is public: it need not be looked through for these.
  const isPrivate = filter.alias === 'self' || filter.alias === 'others' || filter.snapshotId !== undefined;
  const matching = existing(db)
    .where((eb) => (isPrivate ? eb('regionId', '=', filter.regionId) : isIn(eb, filter.regionId)))
    .where((eb) => eb.and([seenAs(eb, filter.alias, filter), ...conditions(eb, filter)]));
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  if (Number(total) <= window.offset) return { rows: [], total: Number(total) };
  const rows = await matching
    .selectAll()
    .select((eb) => [
      isUsedIn(eb, filter).as('isUsed'),
      eb
        .exists(
          eb
            .selectFrom('imageShares')
            .select(sql.lit(1).as('one'))
            .whereRef('imageShares.imageId', '=', 'images.id')
            .where((share) => hasNotEnded(share, filter.now)),
        )
        .as('isShared'),
    ])
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows: rows as ListedImage[], total: Number(total) };
}

function conditions(eb: OnImages, filter: ImageFilter): Condition[] {
  const found: Condition[] = [];
  const equal = <Column extends keyof ImageRow>(column: Column, value: ImageRow[Column] | undefined) => {
    if (value !== undefined) found.push(eb(column, '=', value as never));
  };
  equal('accountId', filter.ownerId);
  equal('family', filter.family);
  equal('osType', filter.osType);
  equal('architecture', filter.architecture);
  equal('isSupportIoOptimized', filter.isSupportIoOptimized);
  equal('isSupportCloudinit', filter.isSupportCloudinit);
  // Of others' images it is not shown.
  if (filter.resourceGroupId !== undefined) equal('accountId', filter.accountId);
  equal('resourceGroupId', filter.resourceGroupId);
  if (filter.ids) found.push(eb('id', 'in', filter.ids));
  if (filter.statuses) found.push(eb('status', 'in', filter.statuses));
  if (filter.name !== undefined) found.push(sql<SqlBool>`name like ${filter.name} escape '\\'`);
  if (filter.createdFrom !== undefined) found.push(eb('createdAt', '>=', filter.createdFrom));
  if (filter.createdTo !== undefined) found.push(eb('createdAt', '<=', filter.createdTo));
  if (filter.tagged) found.push(eb('id', 'in', filter.tagged));
  if (filter.fitting) {
    const has = (traits: readonly ImageTraits[]) => eb.or(traits.map((each) => eb.and(each)));
    const among = (ids?: readonly string[] | null) => (ids ? [eb('id', 'in', ids)] : []);
    found.push(eb.or(filter.fitting.map(({ traits, ids }) => eb.and([has(traits), ...among(ids)]))));
  }
  if (filter.usage === 'instance') found.push(eb.and([isUsedIn(eb, filter)]));
  if (filter.usage === 'none') found.push(eb.not(isUsedIn(eb, filter)));
  if (filter.hasDataDisks === false) {
    found.push(eb('id', 'not in', eb.selectFrom('imageDisks').select('imageId').where('position', '>', 0)));
  }
  if (filter.snapshotId !== undefined) {
    found.push(eb('accountId', '=', filter.accountId));
    found.push(
      eb('id', 'in', eb.selectFrom('imageDisks').select('imageId').where('snapshotId', '=', filter.snapshotId)),
    );
  }
  return found;
}

/** Every combination of traits that images visible in the place have: few, however many the images. */
export async function visibleTraits(db: Db, view: View): Promise<ImageTraits[]> {
  return existing(db)
    .where((eb) => eb.and([isIn(eb, view.regionId), isVisibleTo(eb, view)]))
    .select(['architecture', 'osType', 'osNameEn', 'nvmeSupport', 'isSupportIoOptimized'])
    .distinct()
    .execute();
}

/** The image if the account may see it there. */
export async function findVisibleImage(db: Db, view: View, id: string): Promise<ImageRow | undefined> {
  return existing(db)
    .where('id', '=', id)
    .where((eb) => eb.and([isIn(eb, view.regionId), isVisibleTo(eb, view)]))
    .selectAll()
    .executeTakeFirst();
}

/** Whether it is public or somebody shares it with the account, which need not have accepted it, nor allow its publisher. */
export async function isOffered(db: Db, { accountId, regionId, now }: View, id: string): Promise<boolean> {
  const row = await existing(db)
    .where('id', '=', id)
    .where((eb) => eb.and([isIn(eb, regionId), eb.or([isPublic(eb), eb('id', 'in', received(eb, accountId, now))])]))
    .select('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The image if it is the account's; `deletedAt` is set on those it once had. */
export async function findOwnImage(db: Db, place: Place, id: string): Promise<ImageRow | undefined> {
  return db
    .selectFrom('images')
    .selectAll()
    .where('id', '=', id)
    .where('regionId', '=', place.regionId)
    .where('accountId', '=', place.accountId)
    .executeTakeFirst();
}

/** Whosever it is, deleted ones included: for lineage only. */
export async function findImageForLineage(db: Db, id: string): Promise<ImageRow | undefined> {
  return db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
}

const customOf = (db: Db, place: Place) =>
  existing(db)
    .where('accountId', '=', place.accountId)
    .where('regionId', '=', place.regionId)
    .where('kind', '=', 'self');

/** The newest that instances may be made from: the account's own, or public for the vendor's families. */
export async function newestOfFamily(db: Db, place: Place, family: string): Promise<ImageRow | undefined> {
  return existing(db)
    .where((eb) => isIn(eb, place.regionId))
    .where('family', '=', family)
    .where('status', '=', 'Available')
    .where((eb) =>
      eb.or([eb('kind', '=', 'system'), eb.and([eb('kind', '=', 'self'), eb('accountId', '=', place.accountId)])]),
    )
    .where((eb) => isAllowed(eb, place.accountId))
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst();
}

export async function isImageNameTaken(db: Db, place: Place, name: string): Promise<boolean> {
  return (await customOf(db, place).where('name', '=', name).select('id').executeTakeFirst()) !== undefined;
}

/** Custom images of the account, failed ones included. */
export async function countImages(db: Db, place: Place): Promise<number> {
  const { count } = await customOf(db, place)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** How many images each family of the account has. */
export async function familySizes(db: Db, place: Place): Promise<Map<string, number>> {
  const rows = await customOf(db, place)
    .where('family', '!=', '')
    .select((eb) => ['family', eb.fn.countAll<number>().as('count')])
    .groupBy('family')
    .execute();
  return new Map(rows.map(({ family, count }) => [family, Number(count)]));
}

/** Unfinished copies: of one image by anyone or by one account, or an account's into a region. */
export async function countRunningCopies(
  db: Db,
  of: { sourceImageId?: string; accountId?: string; regionId?: string },
): Promise<number> {
  let query = existing(db).where('isCopied', '=', 1).where('status', 'in', ['Waiting', 'Creating']);
  if (of.sourceImageId !== undefined) query = query.where('sourceImageId', '=', of.sourceImageId);
  if (of.accountId !== undefined) query = query.where('accountId', '=', of.accountId);
  if (of.regionId !== undefined) query = query.where('regionId', '=', of.regionId);
  const { count } = await query.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertImage(db: Db, image: ImageRow, disks: readonly ImageDiskRow[]): Promise<void> {
  await db.insertInto('images').values(image).execute();
  await db.insertInto('imageDisks').values(disks).execute();
}

export async function updateImage(db: Db, id: string, change: Partial<ImageRow>): Promise<void> {
  await db.updateTable('images').set(change).where('id', '=', id).execute();
}

/** Ends an image: the row stays for lineage, its disks, shares and tags go. Its snapshots are not touched. `keepDisks`: for the recycle bin. */
export async function removeImage(db: Db, id: string, now: number, { keepDisks = false } = {}): Promise<void> {
  await db.updateTable('images').set({ deletedAt: now }).where('id', '=', id).execute();
  if (!keepDisks) {
    await db.deleteFrom('imageDisks').where('imageId', '=', id).execute();
    await db.deleteFrom('bootProofs').where('imageId', '=', id).execute();
  }
  await db.deleteFrom('imageShares').where('imageId', '=', id).execute();
  await db.deleteFrom('tags').where('resourceType', '=', 'image').where('resourceId', '=', id).execute();
}
