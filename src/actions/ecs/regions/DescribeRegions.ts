import { regions } from '../../../rules/regions.ts';
import { action } from '../../action.ts';

export const DescribeRegions = action('Ecs', 'DescribeRegions', { access: 'read' }, async (request, call) => {
  const language = request.acceptLanguage ?? 'zh-CN';
  if (!['zh-CN', 'en-US', 'ja'].includes(language)) throw call.error('InvalidAcceptLanguage.NotFound');
  return {
    regions: {
      region: regions.map((region) => ({
        regionId: region.regionId,
        regionEndpoint: region.endpoint,
        localName: language === 'zh-CN' ? region.localName['zh-CN'] : region.localName['en-US'],
        status: 'available',
      })),
    },
  };
});
