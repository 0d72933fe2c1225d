import type { RequestOf } from '../../../contract/sdk.ts';
import { findRegion } from '../../../rules/regions.ts';
import {
  CHARGE_TYPES,
  disksOnSale,
  NETWORK_CATEGORIES,
  SPOT_STRATEGIES,
  typesThatFit,
  type Wanted,
} from '../../../rules/stock.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';

type Request = RequestOf<'Ecs', 'DescribeAvailableResource'>;

const DESTINATIONS = ['Zone', 'IoOptimized', 'InstanceType', 'Network', 'ddh', 'SystemDisk', 'DataDisk'] as const;
type Destination = (typeof DESTINATIONS)[number];
const RESOURCE_TYPES = ['instance', 'disk', 'reservedinstance', 'ddh'] as const;

const AVAILABLE = { status: 'Available', statusCategory: 'WithStock' };

/** What of one kind can be had in each zone, given what was chosen already. Zones that have nothing of it are left out. */
export const DescribeAvailableResource = action(
  'Ecs',
  'DescribeAvailableResource',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const region = findRegion(request.regionId);
    if (!region) throw call.error('Invalid.RegionId');
    const destination = checkedDestination(call, request);
    const zones = region.zones.filter((zoneId) => request.zoneId === undefined || zoneId === request.zoneId);
    const wanted = checkedChoices(call, request);
    return {
      availableZones: {
        availableZone: zones.flatMap((zoneId) => {
          const supported = isSold(request) ? supportedResources(destination, wanted, request, zoneId) : [];
          if (supported.length === 0) return [];
          const resource = { type: destination, supportedResources: { supportedResource: supported } };
          return [
            { regionId: region.regionId, zoneId, ...AVAILABLE, availableResources: { availableResource: [resource] } },
          ];
        }),
      },
    };
  },
);

function checkedDestination(call: Call, request: Request): Destination {
  if (request.destinationResource === undefined) throw call.error('Invalid.Param');
  const destination = oneOf(call, request.destinationResource, DESTINATIONS, 'Invalid.DestinationResource')!;
  const needsType = destination === 'SystemDisk' || destination === 'DataDisk';
  if (needsType && request.instanceType === undefined && request.resourceType !== 'disk') {
    throw call.error('Invalid.Param', { hint: `${destination} needs InstanceType, or the ResourceType disk.` });
  }
  if (destination === 'InstanceType') {
    const hasSizes = request.cores !== undefined || request.memory !== undefined;
    if (request.instanceType !== undefined && hasSizes) throw call.error('InvalidParam.TypeAndCpuMem.Conflict');
  } else {
    if (request.cores !== undefined) throw call.error('InvalidParam.Cores');
    if (request.memory !== undefined) throw call.error('InvalidParam.Memory');
  }
  return destination;
}

function checkedChoices(call: Call, request: Request): Wanted {
  oneOf(call, request.instanceChargeType, CHARGE_TYPES, 'Invalid.InstanceChargeType');
  oneOf(call, request.spotStrategy, SPOT_STRATEGIES, 'Invalid.SpotStrategy');
  oneOf(call, request.resourceType, RESOURCE_TYPES, 'Invalid.ResourceType');
  const ioOptimized = oneOf(call, request.ioOptimized, ['optimized', 'none'], 'Invalid.IoOptimized') ?? 'optimized';
  if (request.dedicatedHostId !== undefined) throw call.error('InvalidDedicatedHostId.NotFound');
  return {
    // The choice itself is what IoOptimized asks for, unless it is sent.
    ioOptimized:
      request.destinationResource === 'IoOptimized' && request.ioOptimized === undefined
        ? undefined
        : ioOptimized === 'optimized',
    instanceType: request.instanceType,
    cores: request.cores,
    memoryGib: request.memory,
    network: oneOf(call, request.networkCategory, NETWORK_CATEGORIES, 'Invalid.NetworkCategory'),
    systemDiskCategory: request.systemDiskCategory,
    dataDiskCategory: request.dataDiskCategory,
  };
}

/** Dedicated hosts and reserved instances are not. */
const isSold = ({ resourceType }: Request): boolean => resourceType !== 'ddh' && resourceType !== 'reservedinstance';

interface Supported {
  value: string;
  status: string;
  statusCategory: string;
  min?: number;
  max?: number;
  unit?: string;
}

function supportedResources(destination: Destination, wanted: Wanted, request: Request, zoneId: string): Supported[] {
  const isAboutDisks = request.resourceType === 'disk';
  const offered = (values: readonly string[]) => values.map((value) => ({ value, ...AVAILABLE }));
  const fits = (more: Wanted) => isAboutDisks || typesThatFit({ ...wanted, ...more }).length > 0;
  switch (destination) {
    case 'Zone':
      return offered(fits({}) ? [zoneId] : []);
    case 'IoOptimized': {
      const choices = [true, false].filter(
        (ioOptimized) => wanted.ioOptimized === undefined || ioOptimized === wanted.ioOptimized,
      );
      return offered(
        choices
          .filter((ioOptimized) => fits({ ioOptimized }))
          .map((ioOptimized) => (ioOptimized ? 'optimized' : 'none')),
      );
    }
    case 'InstanceType':
      return offered(typesThatFit(wanted).map(({ instanceTypeId }) => instanceTypeId));
    case 'Network':
      return offered(
        NETWORK_CATEGORIES.filter((network) => network === (wanted.network ?? network) && fits({ network })),
      );
    case 'ddh':
      return [];
    case 'SystemDisk':
      return disks('system', wanted.systemDiskCategory, (category) => fits({ systemDiskCategory: category }));
    case 'DataDisk':
      return disks('data', wanted.dataDiskCategory, (category) => fits({ dataDiskCategory: category }));
  }
}

const disks = (use: 'system' | 'data', only: string | undefined, fits: (category: string) => boolean): Supported[] =>
  disksOnSale(use)
    .filter(({ category }) => (only === undefined || category === only) && fits(category))
    .map(({ category, min, max }) => ({ value: category, ...AVAILABLE, min, max, unit: 'GiB' }));
