import { listInstances } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';

/** The one thing that happens here: a machine that a fault stopped stays Stopped. */
const ACTION = 'Stop';

export const DescribeInstanceMaintenanceAttributes = action(
  'Ecs',
  'DescribeInstanceMaintenanceAttributes',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, request);
    const { rows, total } = await listInstances(
      call.db,
      { accountId: call.accountId, regionId, ids: request.instanceId },
      { offset: page.offset, size: page.size, after: null },
    );
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      maintenanceAttributes: {
        maintenanceAttribute: rows.map(({ id }) => ({
          instanceId: id,
          actionOnMaintenance: { value: ACTION, defaultValue: ACTION, supportedValues: { supportedValue: [ACTION] } },
          notifyOnMaintenance: false,
          maintenanceWindows: { maintenanceWindow: [] },
        })),
      },
    };
  },
);
