import { sql } from 'kysely';
import type { Db } from '../database.ts';
import type { idsWithTags } from './tags.ts';

export interface KeyPairRow {
  accountId: string;
  regionId: string;
  name: string;
  id: string;
  /** MD5, hex without colons. */
  fingerprint: string;
  /** OpenSSH line. */
  publicKey: string;
  resourceGroupId: string;
  createdAt: number;
}

type Owner = Pick<KeyPairRow, 'accountId' | 'regionId'>;

export interface KeyPairFilter extends Owner {
  /** As SQL LIKE, with `\` as escape. */
  nameLike?: string | undefined;
  fingerprint?: string | undefined;
  resourceGroupId?: string | undefined;
  /** A subquery of names. */
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export async function insertKeyPair(db: Db, row: KeyPairRow): Promise<void> {
  await db.insertInto('keyPairs').values(row).execute();
}

export async function findKeyPair(db: Db, owner: Owner, name: string): Promise<KeyPairRow | undefined> {
  return db
    .selectFrom('keyPairs')
    .selectAll()
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** A window of the matching key pairs, newest first, and how many there are in all. */
export async function listKeyPairs(
  db: Db,
  filter: KeyPairFilter,
  window: { offset: number; size: number },
): Promise<{ rows: KeyPairRow[]; total: number }> {
  let query = db
    .selectFrom('keyPairs')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.nameLike !== undefined, (q) => q.where(sql<boolean>`name like ${filter.nameLike} escape '\\'`))
    .$if(filter.fingerprint !== undefined, (q) => q.where('fingerprint', '=', filter.fingerprint!))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
  if (filter.tagged) query = query.where('name', 'in', filter.tagged);
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('name')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}

export async function countKeyPairs(db: Db, { accountId, regionId }: Owner): Promise<number> {
  const { count } = await db
    .selectFrom('keyPairs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function deleteKeyPairs(db: Db, owner: Owner, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await db
    .deleteFrom('keyPairs')
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .where('name', 'in', names)
    .execute();
}

/** Those of the names that an instance of the owner carries. */
export async function attachedNames(db: Db, owner: Owner, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom('instances')
    .select('keyPairName')
    .distinct()
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .where('keyPairName', 'in', names)
    .execute();
  return rows.map(({ keyPairName }) => keyPairName!);
}
