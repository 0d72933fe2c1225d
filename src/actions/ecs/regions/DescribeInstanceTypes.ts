import type { RequestOf } from '../../../contract/sdk.ts';
import { instanceTypes } from '../../../rules/instanceTypes.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { instanceTypeItem } from './instanceTypeItem.ts';

type Request = RequestOf<'Ecs', 'DescribeInstanceTypes'>;
type Item = ReturnType<typeof instanceTypeItem>;

const MAX_RESULTS = 1600;

export const DescribeInstanceTypes = action(
  'Ecs',
  'DescribeInstanceTypes',
  { access: 'read' },
  async (request, call) => {
    const items = instanceTypes
      .map(instanceTypeItem)
      .filter((item) => isNamed(request, item) && isLargeEnough(request, item));
    const size = Math.min(MAX_RESULTS, Math.max(1, request.maxResults ?? MAX_RESULTS));
    const start = startOf(call, items, request.nextToken);
    const page = items.slice(start, start + size);
    const last = page.at(-1);
    return {
      instanceTypes: { instanceType: page },
      nextToken: last && start + size < items.length ? nextToken([last.instanceTypeId]) : '',
    };
  },
);

function startOf(call: Call, items: readonly Item[], token: string | undefined): number {
  if (token === undefined) return 0;
  const position = readNextToken(token, ['']);
  if (!position) throw call.error('InvalidParameter', { hint: 'NextToken is none that was given before.' });
  return items.findIndex(({ instanceTypeId }) => instanceTypeId === position[0]) + 1;
}

/** Filters by a value or a list of them. */
function isNamed(request: Request, item: Item): boolean {
  const isOne = (value: string, one: string | undefined, some: readonly string[] = []) =>
    (one === undefined || value === one) && (some.length === 0 || some.includes(value));
  return (
    isOne(item.instanceTypeId, undefined, request.instanceTypes) &&
    isOne(item.instanceTypeFamily, request.instanceTypeFamily, request.instanceTypeFamilies) &&
    isOne(item.instanceFamilyLevel, request.instanceFamilyLevel) &&
    isOne(item.instanceCategory, request.instanceCategory, request.instanceCategories) &&
    isOne(item.cpuArchitecture, request.cpuArchitecture, request.cpuArchitectures) &&
    isOne(item.GPUSpec, request.GPUSpec, request.gpuSpecs) &&
    isOne(item.nvmeSupport, request.nvmeSupport) &&
    isOne(item.localStorageCategory, request.localStorageCategory, request.localStorageCategories) &&
    isOne('', request.physicalProcessorModel, request.physicalProcessorModels)
  );
}

/** Filters by bounds. What a type has none of counts as 0. */
function isLargeEnough(request: Request, item: Item): boolean {
  const isWithin = (value: number, minimum: number | undefined, maximum?: number) =>
    value >= (minimum ?? 0) && value <= (maximum ?? Number.POSITIVE_INFINITY);
  return (
    isWithin(item.cpuCoreCount, request.minimumCpuCoreCount, request.maximumCpuCoreCount) &&
    isWithin(item.memorySize, request.minimumMemorySize, request.maximumMemorySize) &&
    isWithin(item.GPUAmount, request.minimumGPUAmount, request.maximumGPUAmount) &&
    isWithin(item.baselineCredit ?? 0, request.minimumBaselineCredit) &&
    isWithin(item.diskQuantity, request.minimumDiskQuantity) &&
    isWithin(item.eniQuantity, request.minimumEniQuantity) &&
    isWithin(item.eniPrivateIpAddressQuantity, request.minimumEniPrivateIpAddressQuantity) &&
    isWithin(item.eniIpv6AddressQuantity, request.minimumEniIpv6AddressQuantity) &&
    isWithin(item.eriQuantity, request.minimumEriQuantity) &&
    UNKNOWN.every((name) => isWithin(0, request[name]))
  );
}

/** Bounds on what no type here is known to have. */
const UNKNOWN = [
  'minimumCpuSpeedFrequency',
  'minimumCpuTurboFrequency',
  'minimumInitialCredit',
  'minimumInstanceBandwidthRx',
  'minimumInstanceBandwidthTx',
  'minimumInstancePpsRx',
  'minimumInstancePpsTx',
  'minimumLocalStorageAmount',
  'minimumLocalStorageCapacity',
  'minimumPrimaryEniQueueNumber',
  'minimumSecondaryEniQueueNumber',
  'minimumQueuePairNumber',
] as const satisfies readonly (keyof Request)[];
