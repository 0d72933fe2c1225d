import type { Clock } from './base/clock.ts';
import type { Ids } from './base/ids.ts';
import type { MetadataSource, RoleCredentials } from './machines/metadata/facts.ts';
import type { Database } from './records/database.ts';
import { findGuest } from './records/guestFacts.ts';
import { findProvingGuest } from './records/provingGuest.ts';
import { openStsSession } from './records/stsSessions.ts';

const CREDENTIALS_S = 6 * 3600;
/** Given anew so long before they end. */
const RENEW_MS = 30 * 60_000;

/** The records as guests' metadata. */
export function metadataOf({ database, clock, ids }: { database: Database; clock: Clock; ids: Ids }): MetadataSource {
  const given = new Map<string, RoleCredentials>();
  return {
    async facts(instanceId) {
      const guest = await findGuest(database.read, instanceId);
      if (!guest) return findProvingGuest(database.read, instanceId);
      const { instance, vpcCidrBlock, vSwitchCidrBlock, publicKey } = guest;
      return {
        ...instance,
        instanceId: instance.id,
        vpcId: instance.vpcId ?? '',
        vSwitchId: instance.vSwitchId ?? '',
        vpcCidrBlock,
        vSwitchCidrBlock,
        publicKey,
        userData: instance.userData === null ? null : Buffer.from(instance.userData, 'base64'),
      };
    },
    async credentials({ instanceId, accountId, ramRoleName }) {
      const name = `${instanceId}/${ramRoleName}`;
      const known = given.get(name);
      const issuedAt = clock.now();
      if (known && known.expiresAt - RENEW_MS > issuedAt) return known;
      const roleArn = `acs:ram::${accountId}:role/${ramRoleName?.toLowerCase()}`;
      const asked = { accountId, roleArn, roleSessionName: instanceId, durationSeconds: CREDENTIALS_S };
      const session = await database.write((tx) => openStsSession(tx, { clock, ids }, asked));
      const { accessKeyId, secret, securityToken, expiresAt } = session;
      const credentials = { accessKeyId, accessKeySecret: secret, securityToken, expiresAt, issuedAt };
      given.set(name, credentials);
      return credentials;
    },
  };
}
