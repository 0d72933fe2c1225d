import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { ownInstance } from './ownInstance.ts';
import { givePublicIp, hasPublicIp } from './publicIp.ts';

/** Once per instance, which must have bandwidth outwards. */
export const AllocatePublicIpAddress = action(
  'Ecs',
  'AllocatePublicIpAddress',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    refuseUnbuilt(call, { IpAddress: request.ipAddress, VlanId: request.vlanId });
    const row = await ownInstance(call, request.instanceId);
    if (!allows(instanceCan.allocatePublicIp, row.status)) throw incorrectStatus(call, row);
    if (await hasPublicIp(call, row)) throw call.error('AllocatedAlready');
    return { ipAddress: await givePublicIp(call, row) };
  },
);
