import { setQuota } from '../../../records/tables/accountQuotas.ts';
import type { Tx } from '../../../records/database.ts';
import { changeTicket, findTicket, type TicketRow } from '../../../records/tables/tickets.ts';
import { allows, ticketCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';

const MAX_NOTE = 256;

/** Brings a ticket that `mine` lets the caller decide to its next status. Another's answers like none. */
export async function decide(
  call: Call,
  ticketId: string,
  {
    verb,
    status,
    note,
    mine,
  }: { verb: keyof typeof ticketCan; status: TicketRow['status']; note?: string; mine: boolean },
): Promise<Record<never, never>> {
  const ticket = await findTicket(call.db, ticketId);
  if (!ticket || (mine && ticket.accountId !== call.accountId)) throw call.error('InvalidTicketId.NotFound');
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
