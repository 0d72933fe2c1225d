import type { Db } from '../database.ts';
import { deleteTags, type idsWithTags } from './tags.ts';

/** A role of RAM. Roles belong to an account, not to a region. */
export interface RamRoleRow {
  /** 18 digits. */
  id: string;
  accountId: string;
  /** Of the account's roles only one has it. */
  name: string;
  description: string;
  /** Who may assume the role: JSON as it was given. */
  trustPolicy: string;
  longestSessionSeconds: number;
  createdAt: number;
  updatedAt: number;
}

/** A system policy that a role has. */
export interface RamAttachmentRow {
  roleId: string;
  policyName: string;
  attachedAt: number;
}

export async function insertRole(db: Db, row: RamRoleRow): Promise<void> {
  await db.insertInto('ramRoles').values(row).execute();
}

export async function findRole(db: Db, accountId: string, name: string): Promise<RamRoleRow | undefined> {
  return db
    .selectFrom('ramRoles')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** Those of the names that are roles of the account. */
export async function findRolesByName(db: Db, accountId: string, names: readonly string[]): Promise<RamRoleRow[]> {
  if (names.length === 0) return [];
  return db.selectFrom('ramRoles').selectAll().where('accountId', '=', accountId).where('name', 'in', names).execute();
}

export async function rolesById(db: Db, ids: readonly string[]): Promise<Map<string, RamRoleRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('ramRoles').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

export async function updateRole(db: Db, id: string, change: Partial<Omit<RamRoleRow, 'id'>>): Promise<void> {
  await db.updateTable('ramRoles').set(change).where('id', '=', id).execute();
}

export async function deleteRole(db: Db, id: string): Promise<void> {
  await db.deleteFrom('ramRoles').where('id', '=', id).execute();
  await deleteTags(db, 'role', [id]);
}

export async function countRoles(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('ramRoles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** By name, from the first after `after` on. */
export async function listRoles(
  db: Db,
  { accountId, tagged }: { accountId: string; tagged: ReturnType<typeof idsWithTags> | null },
  { after, size }: { after: string | null; size: number },
): Promise<RamRoleRow[]> {
  let query = db.selectFrom('ramRoles').selectAll().where('accountId', '=', accountId);
  if (tagged) query = query.where('id', 'in', tagged);
  if (after !== null) query = query.where('name', '>', after);
  return query.orderBy('name').limit(size).execute();
}

/** The policies of a role, by name. */
export async function attachmentsOf(db: Db, roleId: string): Promise<RamAttachmentRow[]> {
  return db.selectFrom('ramAttachments').selectAll().where('roleId', '=', roleId).orderBy('policyName').execute();
}

/** To how many of the account's roles each policy is attached; those that none has are left out. */
export async function countAttachments(db: Db, accountId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('ramAttachments')
    .innerJoin('ramRoles', 'ramRoles.id', 'ramAttachments.roleId')
    .select((eb) => ['policyName', eb.fn.countAll<number>().as('count')] as const)
    .where('accountId', '=', accountId)
    .groupBy('policyName')
    .execute();
  return new Map(rows.map(({ policyName, count }) => [policyName, Number(count)]));
}

export async function insertAttachment(db: Db, row: RamAttachmentRow): Promise<void> {
  await db.insertInto('ramAttachments').values(row).execute();
}

export async function deleteAttachment(
  db: Db,
  { roleId, policyName }: Omit<RamAttachmentRow, 'attachedAt'>,
): Promise<void> {
  await db.deleteFrom('ramAttachments').where('roleId', '=', roleId).where('policyName', '=', policyName).execute();
}
