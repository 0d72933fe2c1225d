import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import { findRegion } from '../../src/rules/regions.ts';
import { instanceRow } from '../fakes/rows.ts';
import { createWorld, type Account, type World, type WorldOptions } from '../world.ts';

const require = createRequire(import.meta.url);

/** A response body as it stands on the wire, by the SDK's own `toMap`. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Body = Record<string, any>;
type Parameters = Record<string, unknown>;

/** An account that calls actions by name through the official SDK of each product. */
export interface Caller extends Account {
  /** `RegionId` is cn-hangzhou unless it is given. */
  ecs(action: string, parameters?: Parameters): Promise<Body>;
  vpc(action: string, parameters?: Parameters): Promise<Body>;
}

/** A world for what has no bytes: regions, networks, security groups, key pairs. */
export interface NetworkWorld extends AsyncDisposable {
  world: World;
  caller(): Promise<Caller>;
  /** A running instance, straight into the records, with its security groups. */
  instance(owner: Account, row?: Partial<InstanceRow>, securityGroupIds?: readonly string[]): Promise<string>;
  /** The call fails so, and nothing in the records is different afterwards. */
  refuses(code: string, status: number, call: () => Promise<unknown>): Promise<Error>;
}

const TABLES = [
  'vpcs',
  'vSwitches',
  'vpcPeers',
  'routeEntries',
  'eips',
  'securityGroups',
  'securityGroupRules',
  'instanceSecurityGroups',
  'instances',
  'keyPairs',
  'tags',
  'commands',
  'invocations',
  'runs',
] as const;

export async function createNetworkWorld(options: WorldOptions = {}): Promise<NetworkWorld> {
  const world = await createWorld(options);
  const { database, ids, clock } = world.parts;
  let callers = 0;

  const dump = async () => {
    const rows: Record<string, unknown[]> = {};
    for (const table of TABLES) rows[table] = await database.read.selectFrom(table).selectAll().execute();
    return rows;
  };

  return {
    world,
    async caller() {
      return callerOf(world, await world.account(`caller ${++callers}`));
    },
    async instance(owner, row = {}, securityGroupIds = []) {
      const now = clock.now();
      const regionId = row.regionId ?? 'cn-hangzhou';
      const full = instanceRow({
        accountId: owner.accountId,
        status: 'Running',
        createdAt: now,
        ...row,
        id: ids.resource('i', findRegion(regionId)!.idInfix),
      });
      await database.write(async (tx) => {
        await tx.insertInto('instances').values(full).execute();
        for (const securityGroupId of securityGroupIds) {
          await tx.insertInto('instanceSecurityGroups').values({ instanceId: full.id, securityGroupId }).execute();
        }
      });
      return full.id;
    },
    async refuses(code, status, call) {
      const before = await dump();
      let refusal: (Error & { code?: string; statusCode?: number }) | undefined;
      await call().catch((error: Error) => (refusal = error));
      assert.ok(refusal, `${code} expected, but the call succeeded`);
      assert.deepEqual([refusal.code, refusal.statusCode], [code, status], refusal.message);
      assert.deepEqual(await dump(), before);
      return refusal;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

export const callerOf = (world: World, account: Account): Caller => ({
  ...account,
  ecs: (action, parameters) => callAction('@alicloud/ecs20140526', world.ecs(account), action, parameters),
  vpc: (action, parameters) => callAction('@alicloud/vpc20160428', world.vpc(account), action, parameters),
});

async function callAction(sdk: string, client: object, action: string, parameters: Parameters = {}): Promise<Body> {
  const Request = require(sdk)[`${action}Request`];
  const method = `${action.charAt(0).toLowerCase()}${action.slice(1)}`;
  const request = new Request({ regionId: 'cn-hangzhou', ...parameters });
  const response = await (client as Record<string, (sent: unknown) => Promise<{ body: { toMap(): Body } }>>)[method]!(
    request,
  );
  return response.body.toMap();
}

/** A page of `list` has no more than these ids, in any order. */
export const idsOf = (items: readonly Body[], field: string): string[] =>
  items.map((item) => String(item[field])).sort();
