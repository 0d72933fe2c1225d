import type { Db } from './database.ts';
import type { InstanceRow } from './tables/instances.ts';
import { findKeyPair } from './tables/keyPairs.ts';

/** What a guest is told of its instance: the row with what it names. */
export interface GuestRows {
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
  const [vpc, vSwitch] = await Promise.all([
    db.selectFrom('vpcs').select('cidrBlock').where('id', '=', instance.vpcId).executeTakeFirst(),
    db.selectFrom('vSwitches').select('cidrBlock').where('id', '=', instance.vSwitchId).executeTakeFirst(),
  ]);
  const keyPair = instance.keyPairName === null ? undefined : await findKeyPair(db, instance, instance.keyPairName);
  return {
    instance,
    vpcCidrBlock: vpc?.cidrBlock ?? '',
    vSwitchCidrBlock: vSwitch?.cidrBlock ?? '',
    publicKey: keyPair?.publicKey ?? null,
  };
}
