import { sql } from 'kysely';
import type { InstanceStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

export interface InstanceRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  name: string;
  description: string;
  hostName: string;
  status: InstanceStatus;
  imageId: string;
  instanceType: string;
  osType: 'linux' | 'windows';
  osName: string;
  osNameEn: string;
  /** Of the image. */
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  ioOptimized: Flag;
  chargeType: 'PostPaid' | 'PrePaid';
  internetChargeType: 'PayByTraffic' | 'PayByBandwidth';
  internetMaxBandwidthIn: number;
  internetMaxBandwidthOut: number;
  networkType: 'vpc' | 'classic';
  vpcId: string | null;
  vSwitchId: string | null;
  /** The primary network interface. */
  networkInterfaceId: string;
  macAddress: string;
  privateIp: string;
  publicIp: string | null;
  keyPairName: string | null;
  /** SHA-512 crypt (`$6$…`), as /etc/shadow holds it; null when none was given. */
  passwordHash: string | null;
  /** Base64, as sent; null when none. */
  userData: string | null;
  ramRoleName: string | null;
  deletionProtection: Flag;
  stoppedMode: 'KeepCharging' | 'StopCharging' | 'Not-applicable';
  spotStrategy: string;
  creditSpecification: string | null;
  httpEndpoint: 'enabled' | 'disabled';
  httpTokens: 'optional' | 'required';
  /** Hops that the metadata service's answer with a token may take. */
  httpHopLimit: number;
  resourceGroupId: string;
  clusterId: string | null;
  serialNumber: string;
  createdAt: number;
  startedAt: number | null;
  stoppedAt: number | null;
  expiredAt: number | null;
  autoReleaseAt: number | null;
  /** 0 until it has been started once: ReInitDisk asks. */
  everStarted: Flag;
  /** Why the machine stopped by itself, when it did. */
  faultReason: string | null;
  /** It was started with an empty system disk, so that no machine runs it. */
  hasNoSystem: Flag;
  /** What a viewer of its screen is asked for; as given, for QEMU has to know it. Null: none was set, and none gets in. */
  vncPassword: string | null;
}

export interface InstanceSecurityGroupRow {
  instanceId: string;
  securityGroupId: string;
}

/** What a row must match; absent ones match anything. */
export interface InstanceFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  /** As SQL LIKE, with `\` as escape. */
  nameLike?: string | undefined;
  statuses?: readonly InstanceStatus[] | undefined;
  imageId?: string | undefined;
  /** Any of. */
  instanceTypes?: readonly string[] | undefined;
  zoneId?: string | undefined;
  vpcId?: string | undefined;
  vSwitchId?: string | undefined;
  securityGroupId?: string | undefined;
  keyPairName?: string | undefined;
  ramRoleName?: string | undefined;
  networkInterfaceIds?: readonly string[] | undefined;
  osType?: string | undefined;
  networkType?: InstanceRow['networkType'] | undefined;
  chargeType?: InstanceRow['chargeType'] | undefined;
  internetChargeType?: InstanceRow['internetChargeType'] | undefined;
  ioOptimized?: boolean | undefined;
  httpEndpoint?: string | undefined;
  httpTokens?: string | undefined;
  resourceGroupId?: string | undefined;
  privateIps?: readonly string[] | undefined;
  publicIps?: readonly string[] | undefined;
  /** Addresses of elastic IPs that lead to it. */
  eipAddresses?: readonly string[] | undefined;
  /** Milliseconds, ends included. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
  /** Of the primary interface. */
  taggedInterfaces?: ReturnType<typeof idsWithTags> | null;
}

/** An instance of the account, in any region. */
export async function findInstance(db: Db, accountId: string, id: string): Promise<InstanceRow | undefined> {
  return db
    .selectFrom('instances')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

/** Those of the ids that are instances of the account. */
export async function findInstances(db: Db, accountId: string, ids: readonly string[]): Promise<InstanceRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('instances').selectAll().where('id', 'in', ids).where('accountId', '=', accountId).execute();
}

/** A window of the matching instances, newest first, and how many there are in all. */
export async function listInstances(
  db: Db,
  filter: InstanceFilter,
  window: ListWindow,
): Promise<{ rows: InstanceRow[]; total: number }> {
  let query = db
    .selectFrom('instances')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.nameLike !== undefined, (q) => q.where(sql<boolean>`name like ${filter.nameLike} escape '\\'`))
    .$if(filter.statuses !== undefined, (q) => q.where('status', 'in', filter.statuses!))
    .$if(filter.imageId !== undefined, (q) => q.where('imageId', '=', filter.imageId!))
    .$if(filter.instanceTypes !== undefined, (q) => q.where('instanceType', 'in', filter.instanceTypes!))
    .$if(filter.zoneId !== undefined, (q) => q.where('zoneId', '=', filter.zoneId!))
    .$if(filter.vpcId !== undefined, (q) => q.where('vpcId', '=', filter.vpcId!))
    .$if(filter.vSwitchId !== undefined, (q) => q.where('vSwitchId', '=', filter.vSwitchId!))
    .$if(filter.keyPairName !== undefined, (q) => q.where('keyPairName', '=', filter.keyPairName!))
    .$if(filter.ramRoleName !== undefined, (q) => q.where('ramRoleName', '=', filter.ramRoleName!))
    .$if(filter.networkInterfaceIds !== undefined, (q) =>
      q.where('networkInterfaceId', 'in', filter.networkInterfaceIds!),
    )
    .$if(filter.osType !== undefined, (q) => q.where('osType', '=', filter.osType as InstanceRow['osType']))
    .$if(filter.networkType !== undefined, (q) => q.where('networkType', '=', filter.networkType!))
    .$if(filter.chargeType !== undefined, (q) => q.where('chargeType', '=', filter.chargeType!))
    .$if(filter.internetChargeType !== undefined, (q) => q.where('internetChargeType', '=', filter.internetChargeType!))
    .$if(filter.ioOptimized !== undefined, (q) => q.where('ioOptimized', '=', filter.ioOptimized ? 1 : 0))
    .$if(filter.httpEndpoint !== undefined, (q) =>
      q.where('httpEndpoint', '=', filter.httpEndpoint as InstanceRow['httpEndpoint']),
    )
    .$if(filter.httpTokens !== undefined, (q) =>
      q.where('httpTokens', '=', filter.httpTokens as InstanceRow['httpTokens']),
    )
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(filter.privateIps !== undefined, (q) => q.where('privateIp', 'in', filter.privateIps!))
    .$if(filter.publicIps !== undefined, (q) => q.where('publicIp', 'in', filter.publicIps!))
    .$if(filter.eipAddresses !== undefined, (q) =>
      q.where('id', 'in', (eb) =>
        eb
          .selectFrom('eips')
          .select('instanceId')
          .where('ipAddress', 'in', filter.eipAddresses!)
          .$castTo<{ instanceId: string }>(),
      ),
    )
    .$if(filter.createdFrom !== undefined, (q) => q.where('createdAt', '>=', filter.createdFrom!))
    .$if(filter.createdTo !== undefined, (q) => q.where('createdAt', '<=', filter.createdTo!))
    .$if(filter.securityGroupId !== undefined, (q) =>
      q.where('id', 'in', (eb) =>
        eb
          .selectFrom('instanceSecurityGroups')
          .select('instanceId')
          .where('securityGroupId', '=', filter.securityGroupId!),
      ),
    );
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  if (filter.taggedInterfaces) query = query.where('networkInterfaceId', 'in', filter.taggedInterfaces);
  return inWindow(query, window);
}

/** The groups of each instance; all ids have an entry. */
export async function securityGroupsOf(db: Db, instanceIds: readonly string[]): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>(instanceIds.map((id) => [id, []]));
  if (instanceIds.length === 0) return groups;
  const rows = await db
    .selectFrom('instanceSecurityGroups')
    .selectAll()
    .where('instanceId', 'in', instanceIds)
    .orderBy('securityGroupId')
    .execute();
  for (const row of rows) groups.get(row.instanceId)?.push(row.securityGroupId);
  return groups;
}

export async function insertInstance(db: Db, row: InstanceRow, securityGroupIds: readonly string[]): Promise<void> {
  await db.insertInto('instances').values(row).execute();
  await setSecurityGroups(db, row.id, securityGroupIds);
}

export async function updateInstance(db: Db, id: string, change: Partial<Omit<InstanceRow, 'id'>>): Promise<void> {
  await db.updateTable('instances').set(change).where('id', '=', id).execute();
}

/** Replaces the groups that the instance is in. */
export async function setSecurityGroups(
  db: Db,
  instanceId: string,
  securityGroupIds: readonly string[],
): Promise<void> {
  await db.deleteFrom('instanceSecurityGroups').where('instanceId', '=', instanceId).execute();
  if (securityGroupIds.length === 0) return;
  await db
    .insertInto('instanceSecurityGroups')
    .values(securityGroupIds.map((securityGroupId) => ({ instanceId, securityGroupId })))
    .execute();
}

/** The row and its memberships; disks and tags are the caller's to see to. */
export async function deleteInstance(db: Db, id: string): Promise<void> {
  await setSecurityGroups(db, id, []);
  await db.deleteFrom('instances').where('id', '=', id).execute();
}

/** Addresses that interfaces in the vSwitch have. */
export async function addressesIn(
  db: Db,
  vSwitchId: string,
): Promise<{ privateIps: Set<string>; macAddresses: Set<string> }> {
  const rows = await db
    .selectFrom('instances')
    .select(['privateIp', 'macAddress'])
    .where('vSwitchId', '=', vSwitchId)
    .execute();
  return {
    privateIps: new Set(rows.map(({ privateIp }) => privateIp)),
    macAddresses: new Set(rows.map(({ macAddress }) => macAddress)),
  };
}

/** Those of the addresses that an instance or an elastic IP of any account has. */
export async function takenPublicIps(db: Db, addresses: readonly string[]): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const rows = await db.selectFrom('instances').select('publicIp').where('publicIp', 'in', addresses).execute();
  const eips = await db.selectFrom('eips').select('ipAddress').where('ipAddress', 'in', addresses).execute();
  return new Set([...rows.map(({ publicIp }) => publicIp!), ...eips.map(({ ipAddress }) => ipAddress)]);
}
