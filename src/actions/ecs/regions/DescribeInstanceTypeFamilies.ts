import { instanceTypes } from '../../../rules/instanceTypes.ts';
import { action } from '../../action.ts';

export const DescribeInstanceTypeFamilies = action(
  'Ecs',
  'DescribeInstanceTypeFamilies',
  { access: 'read' },
  async (request, call) => {
    call.region(request.regionId);
    const { generation: wanted } = request;
    const generations = new Map(instanceTypes.map(({ family, generation }) => [family, generation]));
    return {
      instanceTypeFamilies: {
        instanceTypeFamily: [...generations]
          .filter(([, generation]) => wanted === undefined || generation === wanted)
          .map(([instanceTypeFamilyId, generation]) => ({ instanceTypeFamilyId, generation })),
      },
    };
  },
);
