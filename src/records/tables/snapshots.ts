import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { SnapshotStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import type { Flag, Schema } from '../schema.ts';
import type { ListWindow } from '../window.ts';
import { FORGOTTEN } from './disks.ts';
import type { idsWithTags } from './tags.ts';
import { endUsage } from './usageLines.ts';

export interface SnapshotRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  status: SnapshotStatus;
  /** 0 … 100. */
  progress: number;
  type: 'user' | 'auto';
  /** Survives the disk; null for what was imported. */
  sourceDiskId: string | null;
  sourceDiskType: 'system' | 'data';
  sourceDiskSizeGib: number;
  sourceDiskCategory: string | null;
  /** What the source system disk was made from: an image of this snapshot is of the same system. */
  imageId: string | null;
  /** The chain that it belongs to, one for each source disk. */
  snapshotLinkId: string | null;
  /** The group of one moment over several disks that it belongs to. */
  snapshotGroupId: string | null;
  retentionDays: number | null;
  createdAt: number;
  completedAt: number | null;
  encrypted: Flag;
  kmsKeyId: string | null;
  productCode: string | null;
  /** Set on what CopyImage or CopySnapshot made. */
  sourceSnapshotId: string | null;
  sourceRegionId: string | null;
  resourceGroupId: string;
  /** Map root (hex); null while progressing, and for a wholly empty disk once accomplished. A root for garbage collection. */
  root: string | null;
  /** Size of what the map describes. */
  sizeBytes: number;
  /** Bytes that it holds of what had changed since the one before; a copy's are its source's. Never what others store, or don't. */
  storedBytes: number;
}

export interface SnapshotFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  /** LIKE pattern with `\\` as escape. */
  name?: string | undefined;
  status?: SnapshotStatus | undefined;
  type?: SnapshotRow['type'] | undefined;
  diskId?: string | undefined;
  /** Of disks that are attached to it now. */
  instanceId?: string | undefined;
  sourceDiskType?: SnapshotRow['sourceDiskType'] | undefined;
  snapshotLinkId?: string | undefined;
  usage?: SnapshotUsage | undefined;
  encrypted?: Flag | undefined;
  kmsKeyId?: string | undefined;
  resourceGroupId?: string | undefined;
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

/** What existing resources were made from it. */
type SnapshotUsage = 'image' | 'disk' | 'image_disk' | 'none';

export interface ListedSnapshot extends SnapshotRow {
  hasImage: Flag;
  hasDisk: Flag;
}

type OnSnapshots = ExpressionBuilder<Schema, 'snapshots'>;
type Condition = Expression<SqlBool>;

const hasImage = (eb: OnSnapshots) =>
  eb.exists(
    eb.selectFrom('imageDisks').select(sql.lit(1).as('one')).whereRef('imageDisks.snapshotId', '=', 'snapshots.id'),
  );

/** What others made of it, from an image that was shared with them, is theirs to know. */
const hasDisk = (eb: OnSnapshots) =>
  eb.exists(
    eb
      .selectFrom('disks')
      .select(sql.lit(1).as('one'))
      .whereRef('disks.sourceSnapshotId', '=', 'snapshots.id')
      .whereRef('disks.accountId', '=', 'snapshots.accountId'),
  );

export async function listSnapshots(
  db: Db,
  filter: SnapshotFilter,
  window: ListWindow,
): Promise<{ rows: ListedSnapshot[]; total: number }> {
  const matching = db
    .selectFrom('snapshots')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .where((eb) => eb.and(conditions(eb, filter)));
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  let query = matching
    .selectAll()
    .select((eb) => [hasImage(eb).as('hasImage'), hasDisk(eb).as('hasDisk')])
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(window.size)
    .offset(window.offset);
  if (window.after) {
    const { createdAt, id } = window.after;
    query = query.where((eb) => eb(eb.refTuple('createdAt', 'id'), '<', eb.tuple(createdAt, id)));
  }
  return { rows: (await query.execute()) as ListedSnapshot[], total: Number(total) };
}

function conditions(eb: OnSnapshots, filter: SnapshotFilter): Condition[] {
  const found: Condition[] = [];
  const equal = <Column extends keyof SnapshotRow>(column: Column, value: SnapshotRow[Column] | undefined) => {
    if (value !== undefined) found.push(eb(column, '=', value as never));
  };
  equal('status', filter.status);
  equal('type', filter.type);
  equal('sourceDiskId', filter.diskId);
  equal('sourceDiskType', filter.sourceDiskType);
  equal('snapshotLinkId', filter.snapshotLinkId);
  equal('encrypted', filter.encrypted);
  equal('kmsKeyId', filter.kmsKeyId);
  equal('resourceGroupId', filter.resourceGroupId);
  if (filter.ids) found.push(eb('id', 'in', filter.ids));
  if (filter.name !== undefined) found.push(sql<SqlBool>`name like ${filter.name} escape '\\'`);
  if (filter.createdFrom !== undefined) found.push(eb('createdAt', '>=', filter.createdFrom));
  if (filter.createdTo !== undefined) found.push(eb('createdAt', '<=', filter.createdTo));
  if (filter.tagged) found.push(eb('id', 'in', filter.tagged));
  if (filter.instanceId !== undefined) {
    found.push(
      eb('sourceDiskId', 'in', eb.selectFrom('disks').select('disks.id').where('instanceId', '=', filter.instanceId)),
    );
  }
  if (filter.usage !== undefined) {
    const wantsImage = filter.usage === 'image' || filter.usage === 'image_disk';
    const wantsDisk = filter.usage === 'disk' || filter.usage === 'image_disk';
    found.push(wantsImage ? eb.and([hasImage(eb)]) : eb.not(hasImage(eb)));
    found.push(wantsDisk ? eb.and([hasDisk(eb)]) : eb.not(hasDisk(eb)));
  }
  return found;
}

/** Those of the account that exist, in no order. */
export async function findSnapshots(db: Db, accountId: string, ids: readonly string[]): Promise<SnapshotRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('snapshots').selectAll().where('accountId', '=', accountId).where('id', 'in', ids).execute();
}

export async function findSnapshot(db: Db, accountId: string, id: string): Promise<SnapshotRow | undefined> {
  return (await findSnapshots(db, accountId, [id]))[0];
}

/** Of whoever's: behind an image that the caller may see. */
export async function snapshotsOfImage(db: Db, imageId: string): Promise<SnapshotRow[]> {
  return db
    .selectFrom('snapshots')
    .innerJoin('imageDisks', 'imageDisks.snapshotId', 'snapshots.id')
    .selectAll('snapshots')
    .where('imageDisks.imageId', '=', imageId)
    .orderBy('imageDisks.position')
    .execute();
}

interface SnapshotChain {
  manual: number;
  automatic: number;
  progressing: number;
  snapshotLinkId: string | null;
}

/** What counts for making another snapshot of each of the disks. */
export async function snapshotChains(db: Db, diskIds: readonly string[]): Promise<Map<string, SnapshotChain>> {
  const rows = await db
    .selectFrom('snapshots')
    .select((eb) => [
      'sourceDiskId',
      eb.fn.countAll<number>().filterWhere('type', '=', 'user').as('manual'),
      eb.fn.countAll<number>().filterWhere('type', '=', 'auto').as('automatic'),
      eb.fn.countAll<number>().filterWhere('status', '=', 'progressing').as('progressing'),
      eb.fn.max('snapshotLinkId').as('snapshotLinkId'),
    ])
    .where('sourceDiskId', 'in', diskIds)
    .groupBy('sourceDiskId')
    .execute();
  const none: SnapshotChain = { manual: 0, automatic: 0, progressing: 0, snapshotLinkId: null };
  const chains = new Map(diskIds.map((id) => [id, none]));
  for (const { sourceDiskId, manual, automatic, progressing, snapshotLinkId } of rows) {
    chains.set(sourceDiskId!, {
      manual: Number(manual),
      automatic: Number(automatic),
      progressing: Number(progressing),
      snapshotLinkId,
    });
  }
  return chains;
}

/** Existing disks that its owner made from the snapshot. */
export async function disksFromSnapshot(db: Db, { id, accountId }: SnapshotRow): Promise<string[]> {
  const rows = await db
    .selectFrom('disks')
    .select('id')
    .where('sourceSnapshotId', '=', id)
    .where('accountId', '=', accountId)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Whether a snapshot of the same disk (of the same snapshot, where there is no disk) is being copied into the region. */
export async function hasUnfinishedCopy(
  db: Db,
  source: Pick<SnapshotRow, 'id' | 'accountId' | 'sourceDiskId'>,
  regionId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('snapshots as copies')
    .leftJoin('snapshots as sources', 'sources.id', 'copies.sourceSnapshotId')
    .select('copies.id')
    .where('copies.accountId', '=', source.accountId)
    .where('copies.regionId', '=', regionId)
    .where('copies.status', '=', 'progressing')
    .where((eb) =>
      eb.or([
        eb('copies.sourceSnapshotId', '=', source.id),
        eb('sources.sourceDiskId', '=', source.sourceDiskId ?? ''),
      ]),
    )
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether a copy of the snapshot is still being made. */
export async function isBeingCopied(db: Db, source: Pick<SnapshotRow, 'id' | 'accountId'>): Promise<boolean> {
  const row = await db
    .selectFrom('snapshots')
    .select('id')
    .where('accountId', '=', source.accountId)
    .where('sourceSnapshotId', '=', source.id)
    .where('status', '=', 'progressing')
    .executeTakeFirst();
  return row !== undefined;
}

export async function isSnapshotLink(
  db: Db,
  place: { accountId: string; regionId: string },
  snapshotLinkId: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('snapshots')
    .select('id')
    .where('accountId', '=', place.accountId)
    .where('regionId', '=', place.regionId)
    .where('snapshotLinkId', '=', snapshotLinkId)
    .executeTakeFirst();
  return found !== undefined;
}

export async function insertSnapshots(db: Db, rows: readonly SnapshotRow[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('snapshots').values(rows).execute();
}

export async function updateSnapshot(db: Db, id: string, change: Partial<SnapshotRow>): Promise<void> {
  await db.updateTable('snapshots').set(change).where('id', '=', id).execute();
}

/** Takes the rows, their locks and tags away; the bytes go with the next collection. */
export async function removeSnapshots(db: Db, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await endUsage(db, ids, now);
  // Whose it was is known as long as it is there: its id is no other account's to see afterwards.
  await db
    .updateTable('disks')
    .set({ sourceSnapshotId: FORGOTTEN })
    .where('sourceSnapshotId', 'in', ids)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('snapshots')
          .select('id')
          .whereRef('snapshots.id', '=', 'disks.sourceSnapshotId')
          .whereRef('snapshots.accountId', '!=', 'disks.accountId'),
      ),
    )
    .execute();
  await db.deleteFrom('snapshots').where('id', 'in', ids).execute();
  await db.deleteFrom('snapshotLocks').where('snapshotId', 'in', ids).execute();
  await db.deleteFrom('tags').where('resourceType', '=', 'snapshot').where('resourceId', 'in', ids).execute();
}
