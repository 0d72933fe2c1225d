import type { RequestOf } from '../../../contract/sdk.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { launch } from './launch.ts';
import type { LaunchRequest } from './launchRequest.ts';

/** One instance, left Stopped, without a public address: AllocatePublicIpAddress gives one. */
export const CreateInstance = action('Ecs', 'CreateInstance', { access: 'write' }, async (request, call) => {
  const [instanceId] = await launch(call, asLaunch(call, request), { start: false, publicIps: false });
  return { instanceId };
});

function asLaunch(call: Call, request: RequestOf<'Ecs', 'CreateInstance'>): LaunchRequest {
  const { clusterId, innerIpAddress, nodeControllerId, vlanId, useAdditionalService: _, ...rest } = request;
  refuseUnbuilt(call, {
    ClusterId: clusterId,
    InnerIpAddress: innerIpAddress,
    NodeControllerId: nodeControllerId,
    VlanId: vlanId,
  });
  const { size, ...systemDisk } = rest.systemDisk ?? {};
  return {
    ...rest,
    systemDisk: { ...systemDisk, ...(size !== undefined && { size: String(size) }) },
    dataDisk: rest.dataDisk?.map(({ encrypted, ...disk }) => ({
      ...disk,
      ...(encrypted !== undefined && { encrypted: String(encrypted) }),
    })),
  };
}
