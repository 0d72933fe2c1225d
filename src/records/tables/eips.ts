import type { EipStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

/** An elastic IP: a public address that is an account's until it is released, wherever it leads. */
export interface EipRow {
  id: string;
  accountId: string;
  regionId: string;
  ipAddress: string;
  name: string;
  description: string;
  /** Mbit/s. */
  bandwidth: number;
  internetChargeType: 'PayByBandwidth' | 'PayByTraffic';
  isp: 'BGP' | 'BGP_PRO';
  status: EipStatus;
  /** What it leads to, as long as it is not Available. */
  instanceId: string | null;
  resourceGroupId: string;
  createdAt: number;
}

/** What a row must match; absent ones match anything. */
export interface EipFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  addresses?: readonly string[] | undefined;
  name?: string | undefined;
  status?: EipStatus | undefined;
  instanceId?: string | undefined;
  isp?: string | undefined;
  resourceGroupId?: string | undefined;
  /** Milliseconds, ends included. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export async function insertEip(db: Db, row: EipRow): Promise<void> {
  await db.insertInto('eips').values(row).execute();
}

/** An elastic IP of the account, in any region. */
export async function findEip(db: Db, accountId: string, id: string): Promise<EipRow | undefined> {
  return db.selectFrom('eips').selectAll().where('id', '=', id).where('accountId', '=', accountId).executeTakeFirst();
}

/** A window of the matching ones, newest first, and how many there are in all. */
export async function listEips(
  db: Db,
  filter: EipFilter,
  window: ListWindow,
): Promise<{ rows: EipRow[]; total: number }> {
  let query = db
    .selectFrom('eips')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.addresses !== undefined, (q) => q.where('ipAddress', 'in', filter.addresses!))
    .$if(filter.name !== undefined, (q) => q.where('name', '=', filter.name!))
    .$if(filter.status !== undefined, (q) => q.where('status', '=', filter.status!))
    .$if(filter.instanceId !== undefined, (q) => q.where('instanceId', '=', filter.instanceId!))
    .$if(filter.isp !== undefined, (q) => q.where('isp', '=', filter.isp as EipRow['isp']))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(filter.createdFrom !== undefined, (q) => q.where('createdAt', '>=', filter.createdFrom!))
    .$if(filter.createdTo !== undefined, (q) => q.where('createdAt', '<=', filter.createdTo!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

/** In all regions together. */
export async function countEips(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('eips')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Instance → the elastic IP that leads to it, also one on its way there or away. */
export async function eipsOfInstances(db: Db, instanceIds: readonly string[]): Promise<Map<string, EipRow>> {
  if (instanceIds.length === 0) return new Map();
  const rows = await db.selectFrom('eips').selectAll().where('instanceId', 'in', instanceIds).execute();
  return new Map(rows.map((row) => [row.instanceId!, row]));
}

export async function updateEip(db: Db, id: string, change: Partial<Omit<EipRow, 'id'>>): Promise<void> {
  await db.updateTable('eips').set(change).where('id', '=', id).execute();
}

export async function deleteEip(db: Db, id: string): Promise<void> {
  await db.deleteFrom('eips').where('id', '=', id).execute();
}

/** Those of an instance that is gone. */
export async function freeEips(db: Db, instanceId: string): Promise<void> {
  await db
    .updateTable('eips')
    .set({ status: 'Available', instanceId: null })
    .where('instanceId', '=', instanceId)
    .execute();
}
