import { action } from '../../action.ts';
import { guestOf } from './guestOf.ts';

/** A PNG; `WakeUp` has no effect, since no guest sleeps. */
export const GetInstanceScreenshot = action(
  'Ecs',
  'GetInstanceScreenshot',
  { access: 'read', required: ['instanceId'] },
  async (request, call) => {
    const { id } = await guestOf(call, request);
    const picture = await call.guests.screenshot(id);
    return { instanceId: id, screenshot: picture.toString('base64') };
  },
);
