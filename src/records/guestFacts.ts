import type { Db } from './database.ts';
import type { InstanceRow } from './tables/instances.ts';
import { findKeyPair } from './tables/keyPairs.ts';

/** What a guest is told of its instance: the row with what it names. */
export interface GuestRows {
  /** Its public address is the elastic IP's, where one leads to it. */
  instance: InstanceRow;
  vpcCidrBlock: string;
  vSwitchCidrBlock: string;
  /** OpenSSH line. */
  publicKey: string | null;
}

/** Null: there is no such instance. */
export async function findGuest(db: Db, instanceId: string): Promise<GuestRows | null> {
  const instance = await db.selectFrom('instances').selectAll().where('id', '=', instanceId).executeTakeFirst();
  if (!instance) return null;
  const [vpc, vSwitch, eip] = await Promise.all([
    db.selectFrom('vpcs').select('cidrBlock').where('id', '=', instance.vpcId).executeTakeFirst(),
    db.selectFrom('vSwitches').select('cidrBlock').where('id', '=', instance.vSwitchId).executeTakeFirst(),
    db
      .selectFrom('eips')
      .select('ipAddress')
      .where('instanceId', '=', instanceId)
      .where('status', 'in', ['Associating', 'InUse'])
      .executeTakeFirst(),
  ]);
  const keyPair = instance.keyPairName === null ? undefined : await findKeyPair(db, instance, instance.keyPairName);
  return {
    instance: { ...instance, publicIp: eip?.ipAddress ?? instance.publicIp },
    vpcCidrBlock: vpc?.cidrBlock ?? '',
    vSwitchCidrBlock: vSwitch?.cidrBlock ?? '',
    publicKey: keyPair?.publicKey ?? null,
  };
}
