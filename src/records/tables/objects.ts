import type { Db, Tx } from '../database.ts';
import type { ObjectAcl } from './buckets.ts';

export interface ObjectRow {
  bucket: string;
  key: string;
  /** Names its bytes: copies of an object share them. */
  contentId: string;
  sizeBytes: number;
  /** Without quotes: MD5 in hex, for a multipart object that of its parts' and their number. */
  etag: string;
  /** CRC-64/ECMA-182 of the bytes, decimal. */
  crc64: string;
  type: 'Normal' | 'Multipart' | 'Appendable';
  acl: ObjectAcl;
  storageClass: string;
  /** JSON: Content-Type and the others that are given back, and `meta-…` for the caller's own, in lower case. */
  headers: string;
  /** JSON: `[key, value][]`. */
  tags: string;
  modifiedAt: number;
}

/** The blobs that a content is made of, in order. One blob may be part of several contents. */
export interface ContentPartRow {
  contentId: string;
  position: number;
  blob: string;
  sizeBytes: number;
}

export async function findObject(db: Db, bucket: string, key: string): Promise<ObjectRow | undefined> {
  return db.selectFrom('objects').selectAll().where('bucket', '=', bucket).where('key', '=', key).executeTakeFirst();
}

/** Those of `prefix` behind `after` in the order of their keys' UTF-8 bytes. */
export async function listObjects(
  db: Db,
  { bucket, prefix, after, limit }: { bucket: string; prefix: string; after: string; limit: number },
): Promise<ObjectRow[]> {
  return db
    .selectFrom('objects')
    .selectAll()
    .where('bucket', '=', bucket)
    .where('key', '>', after)
    .$if(prefix !== '', (query) => query.where('key', '>=', prefix).where('key', '<', `${prefix}\u{10ffff}`))
    .orderBy('key')
    .limit(limit)
    .execute();
}

export async function partsOf(db: Db, contentId: string): Promise<ContentPartRow[]> {
  return db.selectFrom('contentParts').selectAll().where('contentId', '=', contentId).orderBy('position').execute();
}

/** In place of the one of that key, if any. */
export async function saveObject(tx: Tx, row: ObjectRow): Promise<void> {
  await tx
    .insertInto('objects')
    .values(row)
    .onConflict((conflict) => conflict.columns(['bucket', 'key']).doUpdateSet(row))
    .execute();
}

export async function changeObject(
  tx: Tx,
  { bucket, key }: Pick<ObjectRow, 'bucket' | 'key'>,
  change: Partial<ObjectRow>,
): Promise<void> {
  await tx.updateTable('objects').set(change).where('bucket', '=', bucket).where('key', '=', key).execute();
}

export async function deleteObject(tx: Tx, bucket: string, key: string): Promise<void> {
  await tx.deleteFrom('objects').where('bucket', '=', bucket).where('key', '=', key).execute();
}

export async function insertParts(tx: Tx, rows: readonly ContentPartRow[]): Promise<void> {
  // SQLite takes so many values at once.
  for (let at = 0; at < rows.length; at += 1000) {
    await tx
      .insertInto('contentParts')
      .values(rows.slice(at, at + 1000))
      .execute();
  }
}

/** Whether any object has it. */
export async function isContentUsed(db: Db, contentId: string): Promise<boolean> {
  const user = await db.selectFrom('objects').select('key').where('contentId', '=', contentId).executeTakeFirst();
  return user !== undefined;
}

/** Whether several objects have it. */
export async function isContentShared(db: Db, contentId: string): Promise<boolean> {
  const users = await db.selectFrom('objects').select('key').where('contentId', '=', contentId).limit(2).execute();
  return users.length > 1;
}

/** Puts a part behind the others. */
export async function appendPart(tx: Tx, part: Omit<ContentPartRow, 'position'>): Promise<void> {
  const { contentId } = part;
  const last = await tx
    .selectFrom('contentParts')
    .select('position')
    .where('contentId', '=', contentId)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  await tx
    .insertInto('contentParts')
    .values({ ...part, position: (last?.position ?? -1) + 1 })
    .execute();
}

/** Forgets a content that no object has any more. Answers the blobs that nothing is made of now. */
export async function dropContent(tx: Tx, contentId: string): Promise<string[]> {
  if (await isContentUsed(tx, contentId)) return [];
  const parts = await tx.deleteFrom('contentParts').where('contentId', '=', contentId).returning('blob').execute();
  return unusedOf(
    tx,
    parts.map(({ blob }) => blob),
  );
}

/** Those that no content has. */
export async function unusedOf(tx: Db, blobs: readonly string[]): Promise<string[]> {
  const unused: string[] = [];
  for (const blob of new Set(blobs)) {
    const used = await tx.selectFrom('contentParts').select('blob').where('blob', '=', blob).executeTakeFirst();
    if (!used) unused.push(blob);
  }
  return unused;
}

/** Every blob that a content or an unfinished upload has. */
export async function allBlobs(db: Db): Promise<Set<string>> {
  const inContents = await db.selectFrom('contentParts').select('blob').execute();
  const inUploads = await db.selectFrom('uploadParts').select('blob').execute();
  return new Set([...inContents, ...inUploads].map(({ blob }) => blob));
}
