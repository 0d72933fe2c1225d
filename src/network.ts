import type { GroupView, GuestView, NetworkSource, NetworkView, VpcRoute, VpcView } from './machines/network/view.ts';
import type { Database, Db } from './records/database.ts';
import { findGuest, type GuestRows } from './records/guestFacts.ts';
import { cenRoutes } from './records/tables/cens.ts';
import { peerRoutes } from './records/tables/routeEntries.ts';
import { groupsOfInstance, rulesOf } from './records/tables/securityGroups.ts';

/** The records as the network around running guests. */
export function networkOf({ read: db }: Pick<Database, 'read'>): NetworkSource {
  return {
    async view(instanceIds) {
      const found = await Promise.all(instanceIds.map((id) => findGuest(db, id)));
      const guests = found.filter((guest) => guest !== null);
      const placed = await Promise.all(
        guests.map(async (guest) => ({ guest, view: viewOf(guest, await groupsOfInstance(db, guest.instance.id)) })),
      );
      const vpcs = vpcsOf(placed);
      return {
        vpcs,
        groups: await groupsOf(
          db,
          placed.flatMap(({ view }) => view.groupIds),
        ),
        routes: await routesOf(
          db,
          vpcs.map(({ id }) => id),
        ),
      };
    },
  };
}

interface Placed {
  guest: GuestRows;
  view: GuestView;
}

function viewOf({ instance }: GuestRows, groupIds: string[]): GuestView {
  // Without a token nobody needs to be kept from the answers.
  const isLimited = instance.httpTokens === 'required' && instance.httpHopLimit > 0;
  return {
    instanceId: instance.id,
    vSwitchId: instance.vSwitchId ?? '',
    macAddress: instance.macAddress,
    privateIp: instance.privateIp,
    publicIp: instance.publicIp,
    groupIds,
    hopLimit: isLimited ? instance.httpHopLimit : null,
  };
}

function vpcsOf(placed: readonly Placed[]): VpcView[] {
  const byVpc = Map.groupBy(placed, ({ guest }) => guest.instance.vpcId ?? '');
  return [...byVpc].map(([id, inside]) => ({
    id,
    cidrBlock: inside[0]!.guest.vpcCidrBlock,
    vSwitches: [...new Map(inside.map(({ guest, view }) => [view.vSwitchId, guest.vSwitchCidrBlock]))].map(
      ([vSwitchId, cidrBlock]) => ({ id: vSwitchId, cidrBlock }),
    ),
    guests: inside.map(({ view }) => view),
  }));
}

async function groupsOf(db: Db, ids: readonly string[]): Promise<NetworkView['groups']> {
  const rows = await db
    .selectFrom('securityGroups')
    .select(['id', 'type', 'innerAccessPolicy'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  const groups = await Promise.all(
    rows.map(async (row): Promise<GroupView> => ({ ...row, rules: await rulesOf(db, row.id) })),
  );
  return new Map(groups.map((group) => [group.id, group]));
}

/** A VPC's own routes go before those to the same block that a CEN instance gives it. */
async function routesOf(db: Db, vpcIds: readonly string[]): Promise<VpcRoute[]> {
  const all: VpcRoute[] = [...(await cenRoutes(db, vpcIds)), ...(await peerRoutes(db, vpcIds))];
  return [...new Map(all.map((route) => [`${route.vpcId} ${route.cidrBlock}`, route])).values()];
}
