import { diskCategories, findDiskCategory } from '../../../rules/diskCategories.ts';
import { instanceTypes, type InstanceType } from '../../../rules/instanceTypes.ts';
import type { Region } from '../../../rules/regions.ts';
import { canBeIoOptimized, CHARGE_TYPES, SPOT_STRATEGIES } from '../../../rules/stock.ts';
import { action } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { languageOf } from './language.ts';

/** Every zone of a region offers the same. */
export const DescribeZones = action('Ecs', 'DescribeZones', { access: 'read' }, async (request, call) => {
  const region = call.region(request.regionId);
  const language = languageOf(call, request.acceptLanguage);
  oneOf(call, request.instanceChargeType, CHARGE_TYPES, 'InvalidInstanceChargeType.NotFound');
  oneOf(call, request.spotStrategy, SPOT_STRATEGIES, 'InvalidSpotStrategy');
  const offered = request.verbose === false ? {} : whatIsOffered();
  return {
    zones: {
      zone: region.zones.map((zoneId) => ({
        zoneId,
        localName: zoneName(region, zoneId, language),
        zoneType: 'AvailabilityZone',
        ...offered,
      })),
    },
  };
});

function zoneName(region: Region, zoneId: string, language: 'zh-CN' | 'en-US'): string {
  const letter = zoneId.at(-1)!.toUpperCase();
  return language === 'zh-CN'
    ? `${region.localName[language]} 可用区 ${letter}`
    : `${region.localName[language]} Zone ${letter}`;
}

const whatIsOffered = () => ({
  availableResourceCreation: { resourceTypes: ['VSwitch', 'IoOptimized', 'Instance', 'Disk'] },
  availableDiskCategories: { diskCategories: [...diskCategories] },
  availableInstanceTypes: { instanceTypes: instanceTypes.map(({ instanceTypeId }) => instanceTypeId) },
  availableDedicatedHostTypes: { dedicatedHostType: [] },
  availableVolumeCategories: { volumeCategories: [] },
  dedicatedHostGenerations: { dedicatedHostGeneration: [] },
  availableResources: { resourcesInfo: [resourcesInfo(true), resourcesInfo(false)] },
});

function resourcesInfo(ioOptimized: boolean) {
  const types = instanceTypes.filter((type) => canBeIoOptimized(type, ioOptimized));
  const data = diskCategories.filter((category) => ioOptimized || !findDiskCategory(category)!.needsIoOptimized);
  return {
    ioOptimized,
    systemDiskCategories: {
      supportedSystemDiskCategory: data.filter((category) => findDiskCategory(category)!.system),
    },
    dataDiskCategories: { supportedDataDiskCategory: data },
    networkTypes: { supportedNetworkCategory: each(types, ({ networkTypes }) => networkTypes) },
    instanceGenerations: { supportedInstanceGeneration: each(types, ({ generation }) => [generation]) },
    instanceTypeFamilies: { supportedInstanceTypeFamily: each(types, ({ family }) => [family]) },
    instanceTypes: { supportedInstanceType: types.map(({ instanceTypeId }) => instanceTypeId) },
  };
}

/** Distinct values, in the order of the types. */
const each = (types: readonly InstanceType[], values: (type: InstanceType) => readonly string[]): string[] => [
  ...new Set(types.flatMap(values)),
];
