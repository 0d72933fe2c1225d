import type { Db, Tx } from '../database.ts';

/** Who may do what without being told so by a policy. */
export type Acl = 'private' | 'public-read' | 'public-read-write';

/** Of an object: `default` is its bucket's. */
export type ObjectAcl = Acl | 'default';

export interface BucketRow {
  /** Unique over all accounts and regions. */
  name: string;
  accountId: string;
  regionId: string;
  acl: Acl;
  storageClass: string;
  /** JSON: `BucketSettings`. */
  settings: string;
  createdAt: number;
}

export async function findBucket(db: Db, name: string): Promise<BucketRow | undefined> {
  return db.selectFrom('buckets').selectAll().where('name', '=', name).executeTakeFirst();
}

export async function listBuckets(
  db: Db,
  { accountId, prefix, marker, limit }: { accountId: string; prefix: string; marker: string; limit: number },
): Promise<BucketRow[]> {
  return db
    .selectFrom('buckets')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('name', '>', marker)
    .where('name', '>=', prefix)
    .where('name', '<', `${prefix}\u{10ffff}`)
    .orderBy('name')
    .limit(limit)
    .execute();
}

/** Of all accounts. */
export async function allBuckets(db: Db): Promise<BucketRow[]> {
  return db.selectFrom('buckets').selectAll().orderBy('name').execute();
}

export async function countBuckets(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('buckets')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertBucket(tx: Tx, row: BucketRow): Promise<void> {
  await tx.insertInto('buckets').values(row).execute();
}

export async function changeBucket(tx: Tx, name: string, change: Partial<BucketRow>): Promise<void> {
  await tx.updateTable('buckets').set(change).where('name', '=', name).execute();
}

export async function deleteBucket(tx: Tx, name: string): Promise<void> {
  await tx.deleteFrom('buckets').where('name', '=', name).execute();
}
