import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { VpcRow } from './networks.ts';

/** Joins the VPCs that are attached to it, of whatever region. */
export interface CenRow {
  id: string;
  accountId: string;
  name: string;
  description: string;
  protectionLevel: 'REDUCED';
  resourceGroupId: string;
  createdAt: number;
}

export interface CenAttachmentRow {
  vpcId: string;
  cenId: string;
  attachedAt: number;
}

/** A VPC's owner lets an account's CEN instance have it. */
export interface CenGrantRow {
  vpcId: string;
  cenId: string;
  cenOwnerId: string;
  createdAt: number;
}

/** A VPC that is attached, with its attachment. */
export type AttachedVpc = VpcRow & Omit<CenAttachmentRow, 'vpcId'>;

export async function insertCen(db: Db, row: CenRow): Promise<void> {
  await db.insertInto('cens').values(row).execute();
}

export async function findCen(db: Db, accountId: string, id: string): Promise<CenRow | undefined> {
  return db.selectFrom('cens').selectAll().where('accountId', '=', accountId).where('id', '=', id).executeTakeFirst();
}

export async function updateCen(db: Db, id: string, change: Partial<Pick<CenRow, 'name' | 'description'>>) {
  await db.updateTable('cens').set(change).where('id', '=', id).execute();
}

export async function deleteCen(db: Db, id: string): Promise<void> {
  await db.deleteFrom('cens').where('id', '=', id).execute();
}

/** A window of the account's CEN instances, newest first, and how many there are in all. */
export async function listCens(
  db: Db,
  filter: { accountId: string; ids?: readonly string[] | undefined; names?: readonly string[] | undefined },
  window: ListWindow,
): Promise<{ rows: CenRow[]; total: number }> {
  const query = db
    .selectFrom('cens')
    .where('accountId', '=', filter.accountId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.names !== undefined, (q) => q.where('name', 'in', filter.names!));
  return inWindow(query, window);
}

const attached = (db: Db) =>
  db.selectFrom('cenAttachments').innerJoin('vpcs', 'vpcs.id', 'cenAttachments.vpcId').selectAll('vpcs');

/** What is attached to a CEN instance, the earliest first. */
export async function attachedTo(db: Db, cenId: string): Promise<AttachedVpc[]> {
  return attached(db)
    .select(['cenAttachments.cenId', 'cenAttachments.attachedAt'])
    .where('cenAttachments.cenId', '=', cenId)
    .orderBy('cenAttachments.attachedAt')
    .orderBy('vpcs.id')
    .execute();
}

export async function findAttachment(db: Db, vpcId: string): Promise<CenAttachmentRow | undefined> {
  return db.selectFrom('cenAttachments').selectAll().where('vpcId', '=', vpcId).executeTakeFirst();
}

export async function insertAttachment(db: Db, row: CenAttachmentRow): Promise<void> {
  await db.insertInto('cenAttachments').values(row).execute();
}

export async function deleteAttachment(db: Db, vpcId: string): Promise<void> {
  await db.deleteFrom('cenAttachments').where('vpcId', '=', vpcId).execute();
}

/** From each of these VPCs to each other of them that one CEN instance joins it with. */
export async function cenRoutes(db: Db, vpcIds: readonly string[]) {
  if (vpcIds.length < 2) return [];
  return db
    .selectFrom('cenAttachments as one')
    .innerJoin('cenAttachments as other', 'other.cenId', 'one.cenId')
    .innerJoin('vpcs', 'vpcs.id', 'other.vpcId')
    .select(['one.vpcId', 'vpcs.cidrBlock', 'other.vpcId as toVpcId'])
    .where('one.vpcId', 'in', vpcIds)
    .where('other.vpcId', 'in', vpcIds)
    .whereRef('one.vpcId', '!=', 'other.vpcId')
    .execute();
}

export async function saveGrant(db: Db, row: CenGrantRow): Promise<void> {
  await db
    .insertInto('cenGrants')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

type Granted = Omit<CenGrantRow, 'createdAt'>;

export async function hasGrant(db: Db, { vpcId, cenId, cenOwnerId }: Granted): Promise<boolean> {
  const grants = await grantsOf(db, vpcId);
  return grants.some((grant) => grant.cenId === cenId && grant.cenOwnerId === cenOwnerId);
}

/** To whom a VPC is granted, the earliest first. */
export async function grantsOf(db: Db, vpcId: string): Promise<CenGrantRow[]> {
  return db
    .selectFrom('cenGrants')
    .selectAll()
    .where('vpcId', '=', vpcId)
    .orderBy('createdAt')
    .orderBy('cenId')
    .execute();
}

/** Answers whether there was one. */
export async function deleteGrant(db: Db, { vpcId, cenId, cenOwnerId }: Granted): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('cenGrants')
    .where('vpcId', '=', vpcId)
    .where('cenId', '=', cenId)
    .where('cenOwnerId', '=', cenOwnerId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function deleteGrantsOf(db: Db, vpcId: string): Promise<void> {
  await db.deleteFrom('cenGrants').where('vpcId', '=', vpcId).execute();
}
