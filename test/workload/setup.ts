import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './client.ts';
import type { Session } from './session.ts';
import type { Place } from './workload.ts';

/** The operator's account and new ones, each with a network in each region. */
export async function createAccounts(
  session: Session,
  names: readonly string[],
  regionIds: readonly string[],
): Promise<{ accounts: Account[]; places: Place[] }> {
  const operator = JSON.parse(readFileSync(join(session.dataDir, 'credentials.json'), 'utf8')) as Account;
  const accounts = [operator];
  for (const name of names) accounts.push(await session.operator<Account>('POST', 'accounts', { name, site: 'china' }));
  const places: Place[] = [];
  for (const account of accounts) {
    for (const regionId of regionIds) places.push(await createPlace(session, account, regionId));
  }
  return { accounts, places };
}

async function createPlace(session: Session, account: Account, regionId: string): Promise<Place> {
  const RegionId = regionId;
  const zoneId = await firstZone(session, account, regionId);
  const { VpcId } = await session.api<{ VpcId: string }>(account, 'CreateVpc', { RegionId, CidrBlock: '10.0.0.0/8' });
  const { VSwitchId } = await session.api<{ VSwitchId: string }>(account, 'CreateVSwitch', {
    RegionId,
    VpcId,
    ZoneId: zoneId,
    CidrBlock: '10.0.0.0/16',
  });
  const { SecurityGroupId } = await session.api<{ SecurityGroupId: string }>(account, 'CreateSecurityGroup', {
    RegionId,
    VpcId,
  });
  return { account, regionId, zoneId, vSwitchId: VSwitchId, securityGroupId: SecurityGroupId };
}

async function firstZone(session: Session, account: Account, RegionId: string): Promise<string> {
  const { Zones } = await session.api<{ Zones: { Zone: { ZoneId: string }[] } }>(account, 'DescribeZones', {
    RegionId,
  });
  return Zones.Zone[0]!.ZoneId;
}
