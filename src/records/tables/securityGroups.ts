import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

export interface SecurityGroupRow {
  id: string;
  accountId: string;
  regionId: string;
  /** null: classic network. */
  vpcId: string | null;
  name: string;
  description: string;
  type: 'normal' | 'enterprise';
  innerAccessPolicy: 'Accept' | 'Drop';
  resourceGroupId: string;
  createdAt: number;
}

export interface SecurityGroupRuleRow {
  id: string;
  securityGroupId: string;
  direction: 'ingress' | 'egress';
  /** Upper case: TCP, UDP, ICMP, ICMPV6, GRE, ALL. */
  ipProtocol: string;
  /** `22/22`, `-1/-1`. */
  portRange: string;
  policy: 'Accept' | 'Drop';
  priority: number;
  nicType: 'internet' | 'intranet';
  /** The other side: exactly one of the four is set. An address alone, or a block, as the caller wrote it. */
  cidrIp: string | null;
  ipv6CidrIp: string | null;
  groupId: string | null;
  prefixListId: string | null;
  groupOwnerAccount: string | null;
  /** This side, of a five-tuple rule: at most one is set. null: all of the group's addresses. */
  ownCidrIp: string | null;
  ownIpv6CidrIp: string | null;
  sourcePortRange: string | null;
  description: string;
  createdAt: number;
}

export interface SecurityGroupFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  vpcId?: string | undefined;
  networkType?: 'vpc' | 'classic' | undefined;
  name?: string | undefined;
  /** As SQL LIKE, with `\` as escape. */
  nameLike?: string | undefined;
  type?: string | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export async function insertSecurityGroup(db: Db, row: SecurityGroupRow): Promise<void> {
  await db.insertInto('securityGroups').values(row).execute();
}

/** A group of the account; with `accountId` null of any account. */
export async function findSecurityGroup(
  db: Db,
  accountId: string | null,
  id: string,
): Promise<SecurityGroupRow | undefined> {
  return db
    .selectFrom('securityGroups')
    .selectAll()
    .where('id', '=', id)
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId!))
    .executeTakeFirst();
}

/** A window of the matching groups, newest first, and how many there are in all. `after`: begins behind that group. */
export async function listSecurityGroups(
  db: Db,
  filter: SecurityGroupFilter,
  window: ListWindow,
): Promise<{ rows: SecurityGroupRow[]; total: number }> {
  let query = db
    .selectFrom('securityGroups')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.vpcId !== undefined, (q) => q.where('vpcId', '=', filter.vpcId!))
    .$if(filter.networkType === 'vpc', (q) => q.where('vpcId', 'is not', null))
    .$if(filter.networkType === 'classic', (q) => q.where('vpcId', 'is', null))
    .$if(filter.name !== undefined, (q) => q.where('name', '=', filter.name!))
    .$if(filter.nameLike !== undefined, (q) => q.where(sql<boolean>`name like ${filter.nameLike} escape '\\'`))
    .$if(filter.type !== undefined, (q) => q.where('type', '=', filter.type as SecurityGroupRow['type']))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

export async function updateSecurityGroup(
  db: Db,
  id: string,
  change: Partial<Pick<SecurityGroupRow, 'name' | 'description' | 'innerAccessPolicy'>>,
): Promise<void> {
  await db.updateTable('securityGroups').set(change).where('id', '=', id).execute();
}

/** The group with its own rules. Rules of others that name it must be gone before. */
export async function deleteSecurityGroup(db: Db, id: string): Promise<void> {
  await db.deleteFrom('securityGroupRules').where('securityGroupId', '=', id).execute();
  await db.deleteFrom('securityGroups').where('id', '=', id).execute();
}

export async function countSecurityGroups(
  db: Db,
  of: { accountId: string; regionId?: string; vpcId?: string },
): Promise<number> {
  const { count } = await db
    .selectFrom('securityGroups')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', of.accountId)
    .$if(of.regionId !== undefined, (q) => q.where('regionId', '=', of.regionId!))
    .$if(of.vpcId !== undefined, (q) => q.where('vpcId', '=', of.vpcId!))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Newest first, as the API lists them. */
export async function rulesOf(db: Db, securityGroupId: string): Promise<SecurityGroupRuleRow[]> {
  return db
    .selectFrom('securityGroupRules')
    .selectAll()
    .where('securityGroupId', '=', securityGroupId)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();
}

/** By group: how many rules it has, and how many of them name another group. Groups without any are absent. */
export async function countRules(
  db: Db,
  securityGroupIds: readonly string[],
): Promise<Map<string, { all: number; toGroups: number }>> {
  if (securityGroupIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('securityGroupRules')
    .select((eb) => [
      'securityGroupId' as const,
      eb.fn.countAll<number>().as('all'),
      eb.fn.count<number>('groupId').as('toGroups'),
    ])
    .where('securityGroupId', 'in', securityGroupIds)
    .groupBy('securityGroupId')
    .execute();
  return new Map(rows.map((row) => [row.securityGroupId, { all: Number(row.all), toGroups: Number(row.toGroups) }]));
}

/** Whether a rule of another group names this one. */
export async function isAuthorizedElsewhere(db: Db, id: string): Promise<boolean> {
  const rule = await db
    .selectFrom('securityGroupRules')
    .select('id')
    .where('groupId', '=', id)
    .where('securityGroupId', '!=', id)
    .limit(1)
    .executeTakeFirst();
  return rule !== undefined;
}

/** Id → name, of any account: what the other side of a rule is called. */
export async function namesOfGroups(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('securityGroups').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export async function insertRule(db: Db, row: SecurityGroupRuleRow): Promise<void> {
  await db.insertInto('securityGroupRules').values(row).execute();
}

export async function updateRule(
  db: Db,
  id: string,
  change: Partial<Omit<SecurityGroupRuleRow, 'id' | 'securityGroupId' | 'direction'>>,
): Promise<void> {
  await db.updateTable('securityGroupRules').set(change).where('id', '=', id).execute();
}

export async function deleteRules(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom('securityGroupRules').where('id', 'in', ids).execute();
}

/** How many instances are in each group; empty groups are absent. */
export async function countMembers(db: Db, securityGroupIds: readonly string[]): Promise<Map<string, number>> {
  if (securityGroupIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('instanceSecurityGroups')
    .select((eb) => ['securityGroupId' as const, eb.fn.countAll<number>().as('count')])
    .where('securityGroupId', 'in', securityGroupIds)
    .groupBy('securityGroupId')
    .execute();
  return new Map(rows.map(({ securityGroupId, count }) => [securityGroupId, Number(count)]));
}

export async function groupsOfInstance(db: Db, instanceId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('instanceSecurityGroups')
    .select('securityGroupId')
    .where('instanceId', '=', instanceId)
    .orderBy('securityGroupId')
    .execute();
  return rows.map(({ securityGroupId }) => securityGroupId);
}

export async function addMember(db: Db, securityGroupId: string, instanceId: string): Promise<void> {
  await db.insertInto('instanceSecurityGroups').values({ securityGroupId, instanceId }).execute();
}

export async function removeMember(db: Db, securityGroupId: string, instanceId: string): Promise<void> {
  await db
    .deleteFrom('instanceSecurityGroups')
    .where('securityGroupId', '=', securityGroupId)
    .where('instanceId', '=', instanceId)
    .execute();
}

/** Whether it is the primary network interface of one of the account's instances. */
export async function isPrimaryInterface(db: Db, accountId: string, networkInterfaceId: string): Promise<boolean> {
  const instance = await db
    .selectFrom('instances')
    .select('id')
    .where('accountId', '=', accountId)
    .where('networkInterfaceId', '=', networkInterfaceId)
    .executeTakeFirst();
  return instance !== undefined;
}
