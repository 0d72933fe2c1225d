import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';

/** A peering connection: once it is Activated each of the two VPCs may have routes to the other. */
export interface VpcPeerRow {
  id: string;
  /** Whoever asked for it. */
  accountId: string;
  regionId: string;
  vpcId: string;
  resourceGroupId: string;
  /** Whoever accepts it; as long as it is not Activated there need not be such a VPC. */
  acceptingAccountId: string;
  acceptingRegionId: string;
  acceptingVpcId: string;
  acceptingResourceGroupId: string;
  name: string;
  description: string;
  /** Mbit/s; -1: without a limit. */
  bandwidth: number;
  /** One that nobody accepts in time is Expired; that follows from `createdAt`. */
  status: 'Accepting' | 'Activated' | 'Rejected';
  createdAt: number;
  modifiedAt: number;
}

/** What a row must match; absent ones match anything. */
export interface VpcPeerFilter {
  accountId: string;
  /** Of the account's own end. */
  regionId?: string | undefined;
  resourceGroupId?: string | undefined;
  id?: string | undefined;
  name?: string | undefined;
  /** Each is one of the two. */
  vpcIds?: readonly string[] | undefined;
}

export async function insertVpcPeer(db: Db, row: VpcPeerRow): Promise<void> {
  await db.insertInto('vpcPeers').values(row).execute();
}

/** Those that the account asked for, and those that name a VPC that it has: nobody else is shown what was asked. */
const matching = (db: Db, { accountId, regionId, resourceGroupId, id, name, vpcIds = [] }: VpcPeerFilter) => {
  let query = db
    .selectFrom('vpcPeers')
    .where((eb) =>
      eb.or([
        eb.and([
          eb('accountId', '=', accountId),
          ...(regionId === undefined ? [] : [eb('regionId', '=', regionId)]),
          ...(resourceGroupId === undefined ? [] : [eb('resourceGroupId', '=', resourceGroupId)]),
        ]),
        eb.and([
          eb('acceptingAccountId', '=', accountId),
          eb.exists(
            eb
              .selectFrom('vpcs')
              .select('vpcs.id')
              .whereRef('vpcs.id', '=', 'vpcPeers.acceptingVpcId')
              .whereRef('vpcs.accountId', '=', 'vpcPeers.acceptingAccountId')
              .whereRef('vpcs.regionId', '=', 'vpcPeers.acceptingRegionId'),
          ),
          ...(regionId === undefined ? [] : [eb('acceptingRegionId', '=', regionId)]),
          ...(resourceGroupId === undefined ? [] : [eb('acceptingResourceGroupId', '=', resourceGroupId)]),
        ]),
      ]),
    )
    .$if(id !== undefined, (q) => q.where('id', '=', id!))
    .$if(name !== undefined, (q) => q.where('name', '=', name!));
  for (const vpcId of vpcIds)
    query = query.where((eb) => eb.or([eb('vpcId', '=', vpcId), eb('acceptingVpcId', '=', vpcId)]));
  return query;
};

/** One that the account has an end of. */
export async function findVpcPeer(db: Db, accountId: string, id: string): Promise<VpcPeerRow | undefined> {
  return matching(db, { accountId, id }).selectAll().executeTakeFirst();
}

/** A window of the matching ones, newest first, and how many there are in all. */
export async function listVpcPeers(
  db: Db,
  filter: VpcPeerFilter,
  window: ListWindow,
): Promise<{ rows: VpcPeerRow[]; total: number }> {
  return inWindow(matching(db, filter), window);
}

/** All of a VPC that the account has an end of. */
export async function vpcPeersOf(db: Db, accountId: string, vpcId: string): Promise<VpcPeerRow[]> {
  return matching(db, { accountId, vpcIds: [vpcId] })
    .selectAll()
    .execute();
}

/** How many the account asked for in the region. */
export async function countVpcPeers(db: Db, { accountId, regionId }: Pick<VpcPeerRow, 'accountId' | 'regionId'>) {
  const { count } = await db
    .selectFrom('vpcPeers')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function updateVpcPeer(
  db: Db,
  id: string,
  change: Pick<VpcPeerRow, 'modifiedAt'> &
    Partial<Pick<VpcPeerRow, 'name' | 'description' | 'bandwidth' | 'status' | 'acceptingResourceGroupId'>>,
): Promise<void> {
  await db.updateTable('vpcPeers').set(change).where('id', '=', id).execute();
}

export async function deleteVpcPeer(db: Db, id: string): Promise<void> {
  await db.deleteFrom('vpcPeers').where('id', '=', id).execute();
}
