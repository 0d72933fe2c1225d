import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { ownInstance } from './ownInstance.ts';

/** A WebSocket URL of the service itself, good once, for 15 s. InstanceNotReady where no machine runs the instance. */
export const DescribeInstanceVncUrl = action(
  'Ecs',
  'DescribeInstanceVncUrl',
  { access: 'read', required: ['instanceId', 'regionId'] },
  async ({ instanceId, regionId }, call) => {
    const region = call.region(regionId);
    const row = await ownInstance(call, instanceId);
    if (row.regionId !== region.regionId) throw call.error('InvalidRegionInstance');
    if (!allows(instanceCan.beLookedAt, row.status)) throw incorrectStatus(call, row);
    const token = await call.guests.screenToken(call.accountId, row.id);
    if (token === null) throw call.error('InstanceNotReady');
    return { vncUrl: `${call.isSecure ? 'wss' : 'ws'}://${call.host}/vnc?token=${token}` };
  },
);
