import type { Expression, SqlBool } from 'kysely';
import type { KmsKeyState } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { deleteTags } from './tags.ts';

export interface KmsKeyRow {
  /** A UUID. */
  id: string;
  accountId: string;
  regionId: string;
  /** 32 bytes, wrapped by the root key: `keys/rootKey.ts`. */
  material: string;
  /** The one version of the material. */
  versionId: string;
  state: KmsKeyState;
  /** The account's id, or `SERVICE` of a service key. */
  creator: string;
  description: string;
  rotationSeconds: number | null;
  deletionProtection: Flag;
  protectionDescription: string;
  /** Of a key pending deletion: from then on it is gone, whatever else the row says. */
  deletesAt: number | null;
  createdAt: number;
}

/** Creator of the keys that are made for disks without a key of their own. */
export const SERVICE = 'ecs';

export interface KmsAliasRow {
  accountId: string;
  regionId: string;
  /** `alias/…` */
  name: string;
  keyId: string;
}

interface Owner {
  accountId: string;
  regionId: string;
}

/** The job that takes keys away may be late: every query leaves out what is due. */
const existing = (db: Db, now: number) =>
  db.selectFrom('kmsKeys').where((eb) => eb.or([eb('deletesAt', 'is', null), eb('deletesAt', '>', now)]));

export async function findKey(db: Db, id: string, now: number): Promise<KmsKeyRow | undefined> {
  return existing(db, now).selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findAnyKey(db: Db): Promise<Pick<KmsKeyRow, 'id' | 'material'> | undefined> {
  return db.selectFrom('kmsKeys').select(['id', 'material']).limit(1).executeTakeFirst();
}

export interface KeyFilter extends Owner {
  states?: readonly KmsKeyState[] | undefined;
  isService?: boolean | undefined;
}

/** A window of the keys, oldest first, and how many there are in all. */
export async function listKeys(
  db: Db,
  { accountId, regionId, states, isService }: KeyFilter,
  window: { offset: number; size: number },
  now: number,
): Promise<{ rows: KmsKeyRow[]; total: number }> {
  const query = existing(db, now)
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .where((eb) => {
      const conditions: Expression<SqlBool>[] = [];
      if (states) conditions.push(eb.or(states.map((state) => eb('state', '=', state))));
      if (isService !== undefined) conditions.push(eb('creator', isService ? '=' : '!=', SERVICE));
      return eb.and(conditions);
    });
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy('createdAt')
    .orderBy('id')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}

export async function insertKey(db: Db, row: KmsKeyRow): Promise<void> {
  await db.insertInto('kmsKeys').values(row).execute();
}

export async function updateKey(db: Db, id: string, change: Partial<KmsKeyRow>): Promise<void> {
  await db.updateTable('kmsKeys').set(change).where('id', '=', id).execute();
}

/** Takes a key away for good if it is due, with its aliases and tags. What is encrypted under it can't be read any more. */
export async function removeDueKey(db: Db, id: string, now: number): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('kmsKeys')
    .where('id', '=', id)
    .where('deletesAt', '<=', now)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return;
  await db.deleteFrom('kmsAliases').where('keyId', '=', id).execute();
  await deleteTags(db, 'key', [id]);
}

export async function findAlias(db: Db, owner: Owner, name: string): Promise<KmsAliasRow | undefined> {
  return db
    .selectFrom('kmsAliases')
    .selectAll()
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** A window of the aliases by name, of one key or all, and how many there are. */
export async function listAliases(
  db: Db,
  filter: Owner & { keyId?: string },
  window: { offset: number; size: number },
): Promise<{ rows: KmsAliasRow[]; total: number }> {
  const query = db
    .selectFrom('kmsAliases')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.keyId !== undefined, (q) => q.where('keyId', '=', filter.keyId!));
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query.selectAll().orderBy('name').limit(window.size).offset(window.offset).execute();
  return { rows, total: Number(total) };
}

/** Makes an alias, or points it at another key. */
export async function putAlias(db: Db, row: KmsAliasRow): Promise<void> {
  await db
    .insertInto('kmsAliases')
    .values(row)
    .onConflict((conflict) => conflict.columns(['accountId', 'regionId', 'name']).doUpdateSet({ keyId: row.keyId }))
    .execute();
}

export async function deleteAlias(db: Db, { accountId, regionId, name }: Omit<KmsAliasRow, 'keyId'>): Promise<void> {
  await db
    .deleteFrom('kmsAliases')
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .where('name', '=', name)
    .execute();
}
