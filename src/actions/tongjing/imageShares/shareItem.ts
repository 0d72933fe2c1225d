import { model, type DataOf } from '../../../contract/model.ts';
import type { ImageShareRow } from '../../../records/tables/imageShares.ts';
import { secondsTime } from '../../../rules/times.ts';

/** What both sides see of a share. */
export const SHARE_FIELDS = {
  imageId: 'string',
  status: 'string',
  note: 'string',
  sharedTime: 'string',
  // Empty: it does not end.
  expirationTime: 'string',
} as const;

const Shared = model(SHARE_FIELDS);

export function shareFields({ imageId, isPending, note, sharedAt, endsAt }: ImageShareRow): DataOf<typeof Shared> {
  return {
    imageId,
    status: isPending ? 'Pending' : 'Accepted',
    note,
    sharedTime: secondsTime(sharedAt),
    expirationTime: endsAt === null ? '' : secondsTime(endsAt),
  };
}
