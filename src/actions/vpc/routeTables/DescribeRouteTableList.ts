import { listVpcs } from '../../../records/tables/networks.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { MAX_NETWORK_PAGE, vSwitchIdsOf } from '../../vpcs.ts';

/** Each VPC has its system route table and no other. */
export const DescribeRouteTableList = action(
  'Vpc',
  'DescribeRouteTableList',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, request, { maxSize: MAX_NETWORK_PAGE });
    const asksForNone =
      (request.routerType ?? 'VRouter') !== 'VRouter' ||
      (request.routeTableType ?? 'System') !== 'System' ||
      request.routeTableName !== undefined ||
      (request.tag ?? []).length > 0;
    const filter = {
      accountId: call.accountId,
      regionId,
      ids: request.vpcId === undefined ? undefined : [request.vpcId],
      routeTableId: request.routeTableId,
      vRouterId: request.routerId,
      resourceGroupId: request.resourceGroupId,
    };
    const { rows, total } = asksForNone ? { rows: [], total: 0 } : await listVpcs(call.db, filter, page);
    const vSwitches = await vSwitchIdsOf(call, rows);
    return {
      routerTableList: {
        routerTableListType: rows.map((row) => ({
          associateType: 'VSwitch',
          creationTime: secondsTime(row.createdAt),
          description: '',
          gatewayIds: { gatewayIds: [] },
          ownerId: Number(row.accountId),
          resourceGroupId: row.resourceGroupId,
          routePropagationEnable: false,
          routeTableId: row.routeTableId,
          routeTableName: '',
          routeTableType: 'System',
          routerId: row.vRouterId,
          routerType: 'VRouter',
          status: 'Available',
          tags: { tag: [] },
          vSwitchIds: { vSwitchId: vSwitches.get(row.id) ?? [] },
          vpcId: row.id,
        })),
      },
      pageNumber: page.number,
      pageSize: page.size,
      totalCount: total,
    };
  },
);
