import type { RequestOf } from '../../../contract/sdk.ts';
import { listInstances, type InstanceFilter } from '../../../records/tables/instances.ts';
import { instanceTypes } from '../../../rules/instanceTypes.ts';
import { likePattern } from '../../../rules/names.ts';
import { INSTANCE_STATUSES, type InstanceStatus } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { creationFilter, listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter } from '../../tags.ts';
import { instanceItems } from './instanceItem.ts';
import { readInstanceIds, readJsonList } from './instanceList.ts';

type Request = RequestOf<'Ecs', 'DescribeInstances'>;

const MAX_RESULTS = 100;
const LOCK_REASONS = new Set(['financial', 'security', 'recycling', 'dedicatedhostfinancial', 'refunded']);

export const DescribeInstances = action('Ecs', 'DescribeInstances', { access: 'read' }, async (request, call) => {
  const filter = readFilter(request, call);
  const window = listWindow(call, request, { maxResults: MAX_RESULTS });
  const found = matchesNothing(request, call) ? { rows: [], total: 0 } : await listInstances(call.db, filter, window);
  const { rows, counts } = listAnswer(window, found);
  return { ...counts, instances: { instance: await instanceItems(call, rows) } };
});

function readFilter(request: Request, call: Call): InstanceFilter {
  const { regionId } = call.region(request.regionId);
  const family = request.instanceTypeFamily;
  return {
    accountId: call.accountId,
    regionId,
    ids: readInstanceIds(call, request.instanceIds),
    nameLike: request.instanceName === undefined ? undefined : likePattern(request.instanceName),
    statuses: request.status === undefined ? undefined : [statusOf(request.status, call)],
    imageId: request.imageId,
    instanceTypes: typesOf(request.instanceType, family),
    zoneId: request.zoneId,
    vpcId: request.vpcId,
    vSwitchId: request.vSwitchId,
    securityGroupId: request.securityGroupId,
    keyPairName: request.keyPairName,
    networkType: oneOf(call, request.instanceNetworkType, ['vpc', 'classic'], 'InvalidNetworkType.NotFound'),
    chargeType: oneOf(call, request.instanceChargeType, ['PostPaid', 'PrePaid'], 'InvalidInstanceChargeType.NotFound'),
    internetChargeType: oneOf(
      call,
      request.internetChargeType,
      ['PayByTraffic', 'PayByBandwidth'],
      'InvalidInternetChargeType.ValueNotSupported',
    ),
    ioOptimized: request.ioOptimized,
    httpEndpoint: request.httpEndpoint,
    httpTokens: request.httpTokens,
    resourceGroupId: request.resourceGroupId,
    privateIps: readJsonList(call, request.privateIpAddresses ?? request.innerIpAddresses, 'PrivateIpAddresses'),
    publicIps: readJsonList(call, request.publicIpAddresses, 'PublicIpAddresses'),
    eipAddresses: readJsonList(call, request.eipAddresses, 'EipAddresses'),
    ...creationFilter(call, request.filter),
    tagged: tagFilter(call, { resourceType: 'instance', regionId }, request.tag),
  };
}

/** Asked for something that no instance here has. */
function matchesNothing(request: Request, call: Call): boolean {
  if (request.hpcClusterId !== undefined) throw call.error('InvalidHpcClusterId.NotFound');
  const reason = request.lockReason?.toLowerCase();
  if (reason !== undefined && !LOCK_REASONS.has(reason)) throw call.error('InvalidLockReason.NotFound');
  return (
    reason !== undefined ||
    request.rdmaIpAddresses !== undefined ||
    (request.ipv6Address ?? []).length > 0 ||
    request.deviceAvailable === false
  );
}

function statusOf(status: string, call: Call): InstanceStatus {
  const found = INSTANCE_STATUSES.find((known) => known === status);
  if (!found) throw call.error('InvalidStatus.NotFound');
  return found;
}

function typesOf(instanceType: string | undefined, family: string | undefined): string[] | undefined {
  if (instanceType !== undefined && family === undefined) return [instanceType];
  if (family === undefined) return undefined;
  const ofFamily = instanceTypes.filter((type) => type.family === family).map((type) => type.instanceTypeId);
  return instanceType === undefined ? ofFamily : ofFamily.filter((id) => id === instanceType);
}

function oneOf<const T extends string>(
  call: Call,
  value: string | undefined,
  values: readonly T[],
  code: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = values.find((known) => known === value);
  if (found === undefined) throw call.error(code);
  return found;
}
