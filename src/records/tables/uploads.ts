import type { Db, Tx } from '../database.ts';
import type { ObjectAcl } from './buckets.ts';

/** A multipart upload under way: what the object will say, and the parts that came. */
export interface UploadRow {
  id: string;
  bucket: string;
  key: string;
  /** Who began it. */
  accountId: string;
  acl: ObjectAcl;
  storageClass: string;
  /** As of `ObjectRow`. */
  headers: string;
  tags: string;
  createdAt: number;
}

export interface UploadPartRow {
  uploadId: string;
  /** 1 … 10,000 */
  number: number;
  blob: string;
  sizeBytes: number;
  etag: string;
  crc64: string;
  modifiedAt: number;
}

export async function findUpload(
  db: Db,
  { id, bucket, key }: Pick<UploadRow, 'id' | 'bucket' | 'key'>,
): Promise<UploadRow | undefined> {
  return db
    .selectFrom('uploads')
    .selectAll()
    .where('id', '=', id)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** In the order of key and id, behind `after`. */
export async function listUploads(
  db: Db,
  {
    bucket,
    prefix,
    after,
    limit,
  }: { bucket: string; prefix: string; after: { key: string; id: string }; limit: number },
): Promise<UploadRow[]> {
  return db
    .selectFrom('uploads')
    .selectAll()
    .where('bucket', '=', bucket)
    .where((eb) => eb.or([eb('key', '>', after.key), eb.and([eb('key', '=', after.key), eb('id', '>', after.id)])]))
    .$if(prefix !== '', (query) => query.where('key', '>=', prefix).where('key', '<', `${prefix}\u{10ffff}`))
    .orderBy('key')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function uploadParts(
  db: Db,
  uploadId: string,
  { after = 0, limit = 10_000 }: { after?: number; limit?: number } = {},
): Promise<UploadPartRow[]> {
  return db
    .selectFrom('uploadParts')
    .selectAll()
    .where('uploadId', '=', uploadId)
    .where('number', '>', after)
    .orderBy('number')
    .limit(limit)
    .execute();
}

export async function insertUpload(tx: Tx, row: UploadRow): Promise<void> {
  await tx.insertInto('uploads').values(row).execute();
}

/** Answers the blob that an earlier part of the number had. */
export async function savePart(tx: Tx, row: UploadPartRow): Promise<string | null> {
  const old = await tx
    .selectFrom('uploadParts')
    .select('blob')
    .where('uploadId', '=', row.uploadId)
    .where('number', '=', row.number)
    .executeTakeFirst();
  await tx
    .insertInto('uploadParts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['uploadId', 'number']).doUpdateSet(row))
    .execute();
  return old?.blob ?? null;
}

/** Answers the blobs of its parts. */
export async function deleteUpload(tx: Tx, id: string): Promise<string[]> {
  await tx.deleteFrom('uploads').where('id', '=', id).execute();
  const parts = await tx.deleteFrom('uploadParts').where('uploadId', '=', id).returning('blob').execute();
  return parts.map(({ blob }) => blob);
}
