import { insertDisks, type DiskRow } from '../../../records/tables/disks.ts';
import { insertInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import type { InstanceType } from '../../../rules/instanceTypes.ts';
import { isDescription, isResourceGroupId } from '../../../rules/names.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { Region } from '../../../rules/regions.ts';
import type { Call } from '../../call.ts';
import { checkedTags, saveTags } from '../../tags.ts';
import { checkFit, chooseImage, type ChosenImage } from '../chooseImage.ts';
import { readAutoRelease, scheduleRelease } from './autoRelease.ts';
import { checkEcsRole } from './ecsRole.ts';
import { planDisks, type PlannedDisk } from './launchDisks.ts';
import { hostNames, instanceNames, readKeyPair, readPassword, readUserData } from './launchLogin.ts';
import { allocateAddresses, chooseNetwork, type Addresses, type LaunchNetwork } from './launchNetwork.ts';
import { allocatePublicIps } from '../../publicIps.ts';
import { readBandwidth, type Bandwidth } from './launchBandwidth.ts';
import { refuseUnbuiltLaunch, type LaunchRequest } from './launchRequest.ts';
import { chooseType, creditSpecification } from './launchType.ts';
import { readMetadataOptions } from './metadataOptions.ts';

export interface LaunchOptions {
  /** RunInstances starts what it makes; CreateInstance leaves it Stopped. */
  start: boolean;
  /** A public address each, where bandwidth is bought. */
  publicIps: boolean;
}

/** Makes instances with their disks: everything is checked first, then the rows are written. Answers their ids. */
export async function launch(call: Call, request: LaunchRequest, options: LaunchOptions): Promise<string[]> {
  refuseUnbuiltLaunch(call, request);
  const region = call.region(request.regionId);
  const { amount, atLeast } = readAmount(call, request);
  checkWords(call, request);
  if (request.ramRoleName !== undefined) await checkEcsRole(call, request.ramRoleName);
  const { type, ioOptimized } = chooseType(call, request);
  const chosen = await chooseImage(call, region.regionId, request);
  await checkFit(call, chosen.image, type, ioOptimized);
  const network = await chooseNetwork(call, region, request);
  const { osType } = chosen.image;
  const shared: Shared = {
    call,
    request,
    region,
    type,
    ioOptimized,
    chosen,
    network,
    bandwidth: readBandwidth(call, request),
    credit: creditSpecification(call, request.creditSpecification, type),
    keyPairName: await readKeyPair(call, region.regionId, request.keyPairName, osType),
    userData: readUserData(call, request.userData),
    autoReleaseAt: readAutoRelease(call, request.autoReleaseTime),
  };
  checkGuest(shared);
  const disks = await planDisks({ call, regionId: region.regionId, request, chosen, type, ioOptimized });

  const addresses = await allocateAddresses(call, network, { amount, atLeast });
  const names = instanceNames(call, request, addresses.length);
  const ids = addresses.map(() => call.ids.resource('i', region.idInfix));
  const hosts = hostNames(call, request, ids, osType);
  const withPublicIps = options.publicIps && shared.bandwidth.out > 0;
  const publicIps = withPublicIps ? await allocatePublicIps(call, ids.length) : [];
  const passwordHash = readPassword(call, request, osType);
  for (const [index, id] of ids.entries()) {
    await writeInstance(shared, disks, {
      id,
      name: names[index] ?? id,
      hostName: hosts[index]!,
      passwordHash,
      publicIp: publicIps[index] ?? null,
      ...addresses[index]!,
    });
    const about = { regionId: region.regionId, resourceId: id };
    await call.enqueue('createInstance', { instanceId: id, start: options.start }, about);
    await scheduleRelease(call, { id, regionId: region.regionId, autoReleaseAt: shared.autoReleaseAt });
  }
  return ids;
}

/** What all instances of one call have in common. */
interface Shared {
  call: Call;
  request: LaunchRequest;
  region: Region;
  type: InstanceType;
  ioOptimized: boolean;
  chosen: ChosenImage;
  network: LaunchNetwork;
  bandwidth: Bandwidth;
  credit: string | null;
  keyPairName: string | null;
  userData: string | null;
  autoReleaseAt: number | null;
}

interface Own extends Addresses {
  id: string;
  name: string;
  hostName: string;
  passwordHash: string | null;
  publicIp: string | null;
}

function readAmount(call: Call, request: LaunchRequest): { amount: number; atLeast: number } {
  const amount = request.amount ?? 1;
  const isCount = (value: number) => value >= 1 && value <= quotas.instancesOfCall;
  if (!isCount(amount)) {
    throw call.error('InvalidParam.Amount', { values: [`Amount is 1 to ${quotas.instancesOfCall}.`] });
  }
  const atLeast = request.minAmount ?? amount;
  if (!isCount(atLeast) || atLeast > amount) throw call.error('InvalidMinAmount.Malformed');
  return { amount, atLeast };
}

function checkWords(call: Call, request: LaunchRequest): void {
  if (!isDescription(request.description ?? '')) throw call.error('InvalidDescription.Malformed');
  if (request.resourceGroupId !== undefined && !isResourceGroupId(request.resourceGroupId)) {
    throw call.error('InvalidResourceGroup.NotFound');
  }
  readMetadataOptions(call, request);
  checkedTags(call, request.tag);
}

/** What needs cloud-init, or an I/O-optimised instance. */
function checkGuest({ call, chosen, ioOptimized, keyPairName, userData }: Shared): void {
  if (keyPairName !== null && !ioOptimized) {
    throw call.error('InvalidInstanceType.ValueNotSupported', { about: 'KeyPairName' });
  }
  if (userData === null) return;
  if (!ioOptimized) throw call.error('InvalidUserData.NotSupported');
  if (!chosen.image.isSupportCloudinit) throw call.error('ImageNotSupportCloudInit');
}

async function writeInstance(shared: Shared, disks: readonly PlannedDisk[], own: Own): Promise<void> {
  const { call, request, region } = shared;
  const row = instanceRow(shared, own);
  await insertInstance(
    call.db,
    row,
    shared.network.groups.map(({ id }) => id),
  );
  const diskRows = disks.map((disk) => diskRow(shared, row, disk));
  await insertDisks(call.db, diskRows);
  const { regionId } = region;
  const tagged = [
    { resourceType: 'instance', resourceId: row.id },
    { resourceType: 'eni', resourceId: row.networkInterfaceId },
    ...diskRows.map(({ id }) => ({ resourceType: 'disk', resourceId: id })),
  ];
  for (const resource of tagged) await saveTags(call, { ...resource, regionId }, request.tag);
}

function instanceRow({ call, request, region, network, chosen, ...shared }: Shared, own: Own): InstanceRow {
  const { image } = chosen;
  return {
    ...own,
    accountId: call.accountId,
    regionId: region.regionId,
    zoneId: network.vSwitch.zoneId,
    description: request.description ?? '',
    status: 'Pending',
    imageId: image.id,
    instanceType: shared.type.instanceTypeId,
    osType: image.osType,
    osName: image.osName,
    osNameEn: image.osNameEn,
    bootMode: image.bootMode,
    ioOptimized: shared.ioOptimized ? 1 : 0,
    chargeType: 'PostPaid',
    internetChargeType: shared.bandwidth.chargeType,
    internetMaxBandwidthIn: shared.bandwidth.in,
    internetMaxBandwidthOut: shared.bandwidth.out,
    networkType: 'vpc',
    vpcId: network.vSwitch.vpcId,
    vSwitchId: network.vSwitch.id,
    networkInterfaceId: call.ids.resource('eni', region.idInfix),
    keyPairName: shared.keyPairName,
    userData: shared.userData,
    ramRoleName: request.ramRoleName ?? null,
    deletionProtection: request.deletionProtection ? 1 : 0,
    stoppedMode: 'Not-applicable',
    spotStrategy: 'NoSpot',
    creditSpecification: shared.credit,
    ...readMetadataOptions(call, request),
    resourceGroupId: request.resourceGroupId ?? '',
    clusterId: null,
    serialNumber: call.ids.request().toLowerCase(),
    createdAt: call.clock.now(),
    startedAt: null,
    stoppedAt: null,
    expiredAt: null,
    autoReleaseAt: shared.autoReleaseAt,
    everStarted: 0,
    faultReason: null,
    hasNoSystem: 0,
    vncPassword: null,
  };
}

function diskRow({ call, request, region }: Shared, instance: InstanceRow, planned: PlannedDisk): DiskRow {
  const { deleteWithInstance, ...disk } = planned;
  const id = call.ids.resource('d', region.idInfix);
  return {
    ...disk,
    id,
    accountId: call.accountId,
    regionId: region.regionId,
    zoneId: instance.zoneId,
    status: 'Creating',
    instanceId: instance.id,
    deleteWithInstance: deleteWithInstance ? 1 : 0,
    deleteAutoSnapshot: 1,
    enableAutoSnapshot: 1,
    portable: disk.type === 'data' ? 1 : 0,
    chargeType: 'PostPaid',
    serialNumber: id.slice(2),
    resourceGroupId: request.resourceGroupId ?? '',
    everAttached: 1,
    createdAt: instance.createdAt,
    attachedAt: instance.createdAt,
    detachedAt: null,
    pendingSizeGib: null,
    volumeId: call.ids.text(20),
    lastRoot: null,
  };
}
