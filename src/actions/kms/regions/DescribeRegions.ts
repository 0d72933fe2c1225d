import { model } from '../../../contract/model.ts';
import { regions } from '../../../rules/regions.ts';
import { ownAction } from '../../action.ts';

export const DescribeRegions = ownAction(
  'Kms',
  'DescribeRegions',
  {
    request: model({}),
    response: model({ regions: model({ region: [model({ regionId: 'string' })] }) }),
    access: 'read',
  },
  async () => ({ regions: { region: regions.map(({ regionId }) => ({ regionId })) } }),
);
