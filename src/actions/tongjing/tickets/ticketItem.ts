import { model, type DataOf } from '../../../contract/model.ts';
import type { TicketRow } from '../../../records/tables/tickets.ts';
import { secondsTime } from '../../../rules/times.ts';

export const TicketItem = model({
  ticketId: 'string',
  accountId: 'string',
  kind: 'string',
  imageId: 'string',
  quotaName: 'string',
  quotaValue: 'number',
  reason: 'string',
  status: 'string',
  note: 'string',
  creationTime: 'string',
  decisionTime: 'string',
});

export function ticketItem(row: TicketRow): DataOf<typeof TicketItem> {
  const { id, accountId, kind, imageId, quotaName, quotaValue, reason, status, note, createdAt, decidedAt } = row;
  return {
    ticketId: id,
    accountId,
    kind,
    ...(imageId !== null && { imageId }),
    ...(quotaName !== null && { quotaName }),
    ...(quotaValue !== null && { quotaValue }),
    reason,
    status,
    note,
    creationTime: secondsTime(createdAt),
    ...(decidedAt !== null && { decisionTime: secondsTime(decidedAt) }),
  };
}
