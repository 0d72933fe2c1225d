import type { Db } from '../database.ts';

/** A custom route of a VPC's system route table: what its guests send to the block goes over a peering connection. */
export interface RouteEntryRow {
  id: string;
  vpcId: string;
  cidrBlock: string;
  /** The peering connection. */
  nextHopId: string;
  name: string;
  description: string;
  createdAt: number;
}

export async function insertRouteEntry(db: Db, row: RouteEntryRow): Promise<void> {
  await db.insertInto('routeEntries').values(row).execute();
}

/** One of the account's VPCs. */
export async function findRouteEntry(db: Db, accountId: string, id: string): Promise<RouteEntryRow | undefined> {
  return db
    .selectFrom('routeEntries')
    .innerJoin('vpcs', 'vpcs.id', 'routeEntries.vpcId')
    .selectAll('routeEntries')
    .where('vpcs.accountId', '=', accountId)
    .where('routeEntries.id', '=', id)
    .executeTakeFirst();
}

/** All of a VPC. */
export async function routeEntriesOf(db: Db, vpcId: string): Promise<RouteEntryRow[]> {
  return db.selectFrom('routeEntries').selectAll().where('vpcId', '=', vpcId).execute();
}

export async function deleteRouteEntry(db: Db, id: string): Promise<void> {
  await db.deleteFrom('routeEntries').where('id', '=', id).execute();
}

/** Of both VPCs. */
export async function routeEntriesOver(db: Db, nextHopId: string): Promise<RouteEntryRow[]> {
  return db.selectFrom('routeEntries').selectAll().where('nextHopId', '=', nextHopId).execute();
}

export async function deleteRouteEntriesOver(db: Db, nextHopId: string): Promise<void> {
  await db.deleteFrom('routeEntries').where('nextHopId', '=', nextHopId).execute();
}

/** Where routes of these VPCs to others of them lead. */
export async function peerRoutes(db: Db, vpcIds: readonly string[]) {
  if (vpcIds.length < 2) return [];
  return db
    .selectFrom('routeEntries')
    .innerJoin('vpcPeers', 'vpcPeers.id', 'routeEntries.nextHopId')
    .select((eb) => [
      'routeEntries.vpcId',
      'routeEntries.cidrBlock',
      eb
        .case()
        .when('vpcPeers.vpcId', '=', eb.ref('routeEntries.vpcId'))
        .then(eb.ref('vpcPeers.acceptingVpcId'))
        .else(eb.ref('vpcPeers.vpcId'))
        .end()
        .as('toVpcId'),
    ])
    .where('routeEntries.vpcId', 'in', vpcIds)
    .execute();
}
