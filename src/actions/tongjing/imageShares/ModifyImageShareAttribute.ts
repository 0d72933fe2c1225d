import { model } from '../../../contract/model.ts';
import { changeShare, findShare } from '../../../records/tables/imageShares.ts';
import { parseTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { ownImage } from '../../ecs/images/ownImage.ts';

const MAX_NOTE = 256;
/** Instead of a time: the share goes on until it is taken back. */
const NEVER = 'never';

/** The terms of one share: a note to the receiver, and when it ends by itself (ExpirationTime: a time in UTC, or `never`). */
export const ModifyImageShareAttribute = ownAction(
  'Tongjing',
  'ModifyImageShareAttribute',
  {
    request: model({
      regionId: 'string',
      imageId: 'string',
      accountId: 'string',
      note: 'string',
      expirationTime: 'string',
    }),
    response: model({}),
    access: 'write',
    required: ['imageId', 'accountId'],
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { note, expirationTime } = request;
    const image = await ownImage(call, regionId, request.imageId);
    const share = await findShare(call.db, image.id, request.accountId, call.clock.now());
    if (!share) throw call.error('InvalidShare.NotFound');
    if (note === undefined && expirationTime === undefined) {
      throw call.error('InvalidParameter', { hint: 'Say Note, ExpirationTime or both.' });
    }
    if (note !== undefined && note.length > MAX_NOTE) {
      throw call.error('InvalidParameter', { hint: `Note has at most ${MAX_NOTE} characters.` });
    }
    const endsAt = expirationTime === undefined ? share.endsAt : readEnd(call, expirationTime);
    await changeShare(call.db, share, { note: note ?? share.note, endsAt });
    if (endsAt !== null && endsAt !== share.endsAt) {
      const { imageId, accountId } = share;
      const about = { regionId, resourceId: imageId, runAfter: endsAt };
      await call.enqueue('endImageShare', { imageId, accountId }, about);
    }
    return {};
  },
);

function readEnd(call: Call, text: string): number | null {
  if (text === NEVER) return null;
  const endsAt = parseTime(text);
  if (endsAt !== null && endsAt > call.clock.now()) return endsAt;
  throw call.error('InvalidExpirationTime');
}
