import type { Clock } from './base/clock.ts';
import type { Ids } from './base/ids.ts';
import type { GuestFacts, MetadataSource, RoleCredentials } from './machines/metadata/facts.ts';
import type { Database, Db } from './records/database.ts';
import { findGuest } from './records/guestFacts.ts';
import { findImageForLineage } from './records/tables/images.ts';
import { imageProvenBy, PROVING_NIC } from './rules/bootProof.ts';
import { findRegion } from './rules/regions.ts';
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
      if (!guest) return factsOfProof(database.read, instanceId);
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

/** A machine that proves an image is told of nobody's instance, key or data. */
async function factsOfProof(db: Db, machineId: string): Promise<GuestFacts | null> {
  const imageId = imageProvenBy(machineId);
  const image = imageId === null ? undefined : await findImageForLineage(db, imageId);
  if (!image) return null;
  const { accountId, regionId } = image;
  return {
    instanceId: machineId,
    accountId,
    regionId,
    zoneId: findRegion(regionId)?.zones[0] ?? regionId,
    imageId: image.id,
    instanceType: 'ecs.g6.large',
    hostName: 'boot-proof',
    serialNumber: '',
    networkInterfaceId: '',
    macAddress: PROVING_NIC.macAddress,
    privateIp: PROVING_NIC.privateIp,
    publicIp: null,
    vpcId: '',
    vpcCidrBlock: PROVING_NIC.cidrBlock,
    vSwitchId: '',
    vSwitchCidrBlock: PROVING_NIC.cidrBlock,
    publicKey: null,
    passwordHash: null,
    userData: null,
    ramRoleName: null,
    httpEndpoint: 'enabled',
    httpTokens: 'optional',
    httpHopLimit: 0,
  };
}
