import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

export interface VpcRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  cidrBlock: string;
  /** User blocks (routes into the VPC's own networks), comma-separated; blank: none. */
  userCidrs: string;
  status: 'Pending' | 'Available';
  vRouterId: string;
  routeTableId: string;
  isDefault: Flag;
  resourceGroupId: string;
  createdAt: number;
}

export interface VSwitchRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  vpcId: string;
  name: string;
  description: string;
  cidrBlock: string;
  status: 'Pending' | 'Available';
  isDefault: Flag;
  resourceGroupId: string;
  createdAt: number;
}

type Owner = Pick<VpcRow, 'accountId' | 'regionId'>;

/** What a row must match; absent ones match anything. `tagged` is a subquery of ids. */
interface SharedFilter extends Owner {
  ids?: readonly string[] | undefined;
  name?: string | undefined;
  isDefault?: boolean | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export interface VpcFilter extends SharedFilter {
  routeTableId?: string | undefined;
  vRouterId?: string | undefined;
}

export interface VSwitchFilter extends SharedFilter {
  vpcIds?: readonly string[] | undefined;
  zoneId?: string | undefined;
}

export async function insertVpc(db: Db, row: VpcRow): Promise<void> {
  await db.insertInto('vpcs').values(row).execute();
}

export async function findVpc(db: Db, accountId: string, id: string): Promise<VpcRow | undefined> {
  return db.selectFrom('vpcs').selectAll().where('accountId', '=', accountId).where('id', '=', id).executeTakeFirst();
}

export async function findVpcOfRouteTable(
  db: Db,
  accountId: string,
  routeTableId: string,
): Promise<VpcRow | undefined> {
  return db
    .selectFrom('vpcs')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('routeTableId', '=', routeTableId)
    .executeTakeFirst();
}

/** A window of the matching VPCs, newest first, and how many there are in all. */
export async function listVpcs(
  db: Db,
  filter: VpcFilter,
  window: ListWindow,
): Promise<{ rows: VpcRow[]; total: number }> {
  let query = db
    .selectFrom('vpcs')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.name !== undefined, (q) => q.where('name', '=', filter.name!))
    .$if(filter.isDefault !== undefined, (q) => q.where('isDefault', '=', filter.isDefault ? 1 : 0))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(filter.routeTableId !== undefined, (q) => q.where('routeTableId', '=', filter.routeTableId!))
    .$if(filter.vRouterId !== undefined, (q) => q.where('vRouterId', '=', filter.vRouterId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

/** Id → VPC. */
export async function vpcsByIds(db: Db, ids: readonly string[]): Promise<Map<string, VpcRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('vpcs').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

export async function updateVpc(
  db: Db,
  id: string,
  change: Partial<Pick<VpcRow, 'name' | 'description' | 'cidrBlock' | 'userCidrs'>>,
): Promise<void> {
  await db.updateTable('vpcs').set(change).where('id', '=', id).execute();
}

export async function deleteVpc(db: Db, id: string): Promise<void> {
  await db.deleteFrom('vpcs').where('id', '=', id).execute();
}

export async function countVpcs(db: Db, { accountId, regionId }: Owner): Promise<number> {
  const { count } = await db
    .selectFrom('vpcs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertVSwitch(db: Db, row: VSwitchRow): Promise<void> {
  await db.insertInto('vSwitches').values(row).execute();
}

export async function findVSwitch(db: Db, accountId: string, id: string): Promise<VSwitchRow | undefined> {
  return db
    .selectFrom('vSwitches')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** A window of the matching vSwitches, newest first, and how many there are in all. */
export async function listVSwitches(
  db: Db,
  filter: VSwitchFilter,
  window: ListWindow,
): Promise<{ rows: VSwitchRow[]; total: number }> {
  let query = db
    .selectFrom('vSwitches')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.name !== undefined, (q) => q.where('name', '=', filter.name!))
    .$if(filter.isDefault !== undefined, (q) => q.where('isDefault', '=', filter.isDefault ? 1 : 0))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(filter.vpcIds !== undefined, (q) => q.where('vpcId', 'in', filter.vpcIds!))
    .$if(filter.zoneId !== undefined, (q) => q.where('zoneId', '=', filter.zoneId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

/** All of each VPC, newest first. */
export async function vSwitchesOf(db: Db, vpcIds: readonly string[]): Promise<VSwitchRow[]> {
  if (vpcIds.length === 0) return [];
  return db
    .selectFrom('vSwitches')
    .selectAll()
    .where('vpcId', 'in', vpcIds)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();
}

export async function updateVSwitch(
  db: Db,
  id: string,
  change: Partial<Pick<VSwitchRow, 'name' | 'description'>>,
): Promise<void> {
  await db.updateTable('vSwitches').set(change).where('id', '=', id).execute();
}

export async function deleteVSwitch(db: Db, id: string): Promise<void> {
  await db.deleteFrom('vSwitches').where('id', '=', id).execute();
}

/** How many instances have their interface in each vSwitch; those without any are absent. */
export async function countInterfaces(db: Db, vSwitchIds: readonly string[]): Promise<Map<string, number>> {
  if (vSwitchIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('instances')
    .select((eb) => ['vSwitchId' as const, eb.fn.countAll<number>().as('count')])
    .where('vSwitchId', 'in', vSwitchIds)
    .groupBy('vSwitchId')
    .execute();
  return new Map(rows.map(({ vSwitchId, count }) => [vSwitchId!, Number(count)]));
}
