import { imageProvenBy, PROVING_NIC } from '../rules/bootProof.ts';
import { findRegion } from '../rules/regions.ts';
import type { Db } from './database.ts';
import { findImageForLineage } from './tables/images.ts';

/** What the machine that proves an image is told: of nobody's instance, key or data. Null: it is none. */
export async function findProvingGuest(db: Db, machineId: string) {
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
    httpEndpoint: 'enabled' as const,
    httpTokens: 'optional' as const,
    httpHopLimit: 0,
  };
}
