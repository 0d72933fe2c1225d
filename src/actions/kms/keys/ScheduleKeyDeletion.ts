import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { invalid } from '../invalid.ts';
import { changeKey } from './ownKey.ts';

const DAY_MS = 86_400_000;
const WINDOW_DAYS = { min: 7, max: 366 };

/** Nothing can be done with the key from now on; at the end of the window it is gone, and all that is encrypted under it is lost. */
export const ScheduleKeyDeletion = ownAction(
  'Kms',
  'ScheduleKeyDeletion',
  {
    request: model({ regionId: 'string', keyId: 'string', pendingWindowInDays: 'number' }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'pendingWindowInDays'],
  },
  async (request, call) => {
    const { pendingWindowInDays: days } = request;
    if (days < WINDOW_DAYS.min || days > WINDOW_DAYS.max) {
      throw invalid(call, 'PendingWindowInDays', `It is ${WINDOW_DAYS.min} to ${WINDOW_DAYS.max} days.`);
    }
    const deletesAt = call.clock.now() + days * DAY_MS;
    const row = await changeKey(call, request, 'scheduleDeletion', { state: 'PendingDeletion', deletesAt });
    if (row.deletionProtection) {
      throw call.error('Rejected.StateModifiedFailed', { hint: `${row.id} is protected from deletion.` });
    }
    const about = { regionId: row.regionId, resourceId: row.id, runAfter: deletesAt };
    await call.enqueue('deleteKey', { keyId: row.id }, about);
    return {};
  },
);
