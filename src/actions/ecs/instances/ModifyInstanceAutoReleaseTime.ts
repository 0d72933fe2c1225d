import { updateInstance } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { readAutoRelease, scheduleRelease } from './autoRelease.ts';

/** Without a time the instance is no longer released by itself. */
export const ModifyInstanceAutoReleaseTime = action(
  'Ecs',
  'ModifyInstanceAutoReleaseTime',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    if (row.chargeType !== 'PostPaid') throw call.error('ChargeTypeViolation');
    const autoReleaseAt = readAutoRelease(call, request.autoReleaseTime);
    await updateInstance(call.db, row.id, { autoReleaseAt });
    await scheduleRelease(call, { ...row, autoReleaseAt });
    return {};
  },
);
