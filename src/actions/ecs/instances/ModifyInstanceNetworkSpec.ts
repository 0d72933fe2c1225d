import { updateInstance } from '../../../records/tables/instances.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { readBandwidth } from './launchBandwidth.ts';
import { ownInstance } from './ownInstance.ts';
import { givePublicIp, hasPublicIp } from './publicIp.ts';

/** Bandwidth, how it is paid, and an address to use it by, of a pay-as-you-go instance. */
export const ModifyInstanceNetworkSpec = action(
  'Ecs',
  'ModifyInstanceNetworkSpec',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    refuseUnbuilt(call, { StartTime: request.startTime, EndTime: request.endTime, ISP: request.ISP });
    const row = await ownInstance(call, request.instanceId);
    if (row.chargeType !== 'PostPaid') throw call.error('ChargeTypeViolation');
    if (!allows(instanceCan.changeBandwidth, row.status)) throw incorrectStatus(call, row);
    const wanted = readBandwidth(call, {
      internetChargeType: request.networkChargeType ?? row.internetChargeType,
      internetMaxBandwidthOut: request.internetMaxBandwidthOut ?? row.internetMaxBandwidthOut,
      internetMaxBandwidthIn: request.internetMaxBandwidthIn,
    });
    const change = {
      internetChargeType: wanted.chargeType,
      internetMaxBandwidthIn: wanted.in,
      internetMaxBandwidthOut: wanted.out,
    };
    await updateInstance(call.db, row.id, change);
    if (request.allocatePublicIp && !(await hasPublicIp(call, row))) await givePublicIp(call, { ...row, ...change });
    return {};
  },
);
