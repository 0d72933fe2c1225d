import type { RequestOf } from '../../../contract/sdk.ts';
import { listInstances } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter } from '../../tags.ts';
import { networkInterfaceItems } from './networkInterfaceItem.ts';

type Request = RequestOf<'Ecs', 'DescribeNetworkInterfaces'>;

const MAX_RESULTS = 500;

/** Each instance has one interface, its primary one. */
export const DescribeNetworkInterfaces = action(
  'Ecs',
  'DescribeNetworkInterfaces',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const window = listWindow(call, request, { maxResults: MAX_RESULTS });
    const filter = {
      accountId: call.accountId,
      regionId,
      ids: request.instanceId === undefined ? undefined : [request.instanceId],
      networkInterfaceIds: request.networkInterfaceId,
      vpcId: request.vpcId,
      vSwitchId: request.vSwitchId,
      securityGroupId: request.securityGroupId,
      privateIps: request.primaryIpAddress === undefined ? request.privateIpAddress : [request.primaryIpAddress],
      resourceGroupId: request.resourceGroupId,
      networkType: 'vpc' as const,
      taggedInterfaces: tagFilter(call, { resourceType: 'eni', regionId }, request.tag),
    };
    const found = matchesNothing(request) ? { rows: [], total: 0 } : await listInstances(call.db, filter, window);
    const { rows, counts } = listAnswer(window, found);
    return { ...counts, networkInterfaceSets: { networkInterfaceSet: await networkInterfaceItems(call, rows) } };
  },
);

function matchesNothing(request: Request): boolean {
  return (
    (request.type !== undefined && request.type !== 'Primary') ||
    (request.status !== undefined && request.status !== 'InUse') ||
    request.networkInterfaceName !== undefined ||
    request.serviceManaged === true ||
    (request.ipv6Address ?? []).length > 0
  );
}
