import { regions } from '../../../rules/regions.ts';
import { CHARGE_TYPES, SPOT_STRATEGIES } from '../../../rules/stock.ts';
import { action } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { languageOf } from './language.ts';

const RESOURCE_TYPES = ['instance', 'disk', 'reservedinstance', 'ddh'] as const;

export const DescribeRegions = action('Ecs', 'DescribeRegions', { access: 'read' }, async (request, call) => {
  const language = languageOf(call, request.acceptLanguage);
  oneOf(call, request.resourceType, RESOURCE_TYPES, 'InvalidResourceType.NotFound');
  oneOf(call, request.instanceChargeType, [...CHARGE_TYPES, ...SPOT_STRATEGIES], 'InvalidInstanceChargeType.NotFound');
  return {
    regions: {
      region: regions.map((region) => ({
        regionId: region.regionId,
        regionEndpoint: region.endpoint,
        localName: region.localName[language],
        status: 'available',
      })),
    },
  };
});
