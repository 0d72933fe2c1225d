import { setQuota } from '../../../records/tables/accountQuotas.ts';
import type { Tx } from '../../../records/database.ts';
import { changeTicket, findTicket, type TicketRow } from '../../../records/tables/tickets.ts';
import { allows, ticketCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { operatorOnly } from '../operatorOnly.ts';

const MAX_NOTE = 256;

/** What a ticket becomes. */
const STATUS = {
  grant: 'Granted',
  refuse: 'Refused',
  withdraw: 'Withdrawn',
} as const satisfies Record<keyof typeof ticketCan, TicketRow['status']>;

/** Its owner withdraws a ticket, the operator decides it otherwise. Another's answers like none. */
export async function decide(
  call: Call,
  verb: keyof typeof ticketCan,
  { ticketId, note }: { ticketId: string; note?: string },
): Promise<Record<never, never>> {
  const isOwners = verb === 'withdraw';
  if (!isOwners) operatorOnly(call);
  const status = STATUS[verb];
  const ticket = await findTicket(call.db, ticketId);
  if (!ticket || (isOwners && ticket.accountId !== call.accountId)) throw call.error('InvalidTicketId.NotFound');
  if (!allows(ticketCan[verb], ticket.status)) {
    throw call.error('IncorrectTicketStatus', { hint: `It is ${ticket.status}.` });
  }
  const text = note ?? ticket.note;
  if (text.length > MAX_NOTE)
    throw call.error('InvalidParameter', { hint: `A note has at most ${MAX_NOTE} characters.` });
  await changeTicket(call.db as Tx, ticket.id, { status, note: text, decidedAt: call.clock.now() });
  const { accountId, quotaName, quotaValue } = ticket;
  if (status === 'Granted' && quotaName !== null) {
    await setQuota(call.db as Tx, { accountId, name: quotaName, value: quotaValue! });
  }
  return {};
}
