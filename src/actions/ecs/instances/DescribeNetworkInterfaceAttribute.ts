import { listInstances } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { networkInterfaceItems } from './networkInterfaceItem.ts';

/** Of a primary interface: there are no others. `Attribute` narrows what is shown to what none here has. */
export const DescribeNetworkInterfaceAttribute = action(
  'Ecs',
  'DescribeNetworkInterfaceAttribute',
  { access: 'read', required: ['networkInterfaceId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    oneOf(call, request.attribute, ['attachment', 'connectionTrackingConfiguration'], 'InvalidParameter');
    const { rows } = await listInstances(
      call.db,
      { accountId: call.accountId, regionId, networkInterfaceIds: [request.networkInterfaceId], networkType: 'vpc' },
      { offset: 0, size: 1, after: null },
    );
    const [shown] = await networkInterfaceItems(call, rows);
    if (!shown)
      throw call.error('InvalidEniId.NotFound', { values: ['The specified NetworkInterfaceId does not exist.'] });
    return shown;
  },
);
