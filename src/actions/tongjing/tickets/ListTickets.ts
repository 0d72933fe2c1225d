import { model } from '../../../contract/model.ts';
import { listTickets } from '../../../records/tables/tickets.ts';
import { TICKET_STATUSES } from '../../../rules/tickets.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { TicketItem, ticketItem } from './ticketItem.ts';

/** The caller's own, newest first; the operator sees everybody's. */
export const ListTickets = ownAction(
  'Tongjing',
  'ListTickets',
  {
    request: model({ status: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', tickets: [TicketItem] }),
    access: 'read',
  },
  async (request, call) => {
    const status = TICKET_STATUSES.find((one) => one === request.status);
    if (request.status !== undefined && !status) {
      throw call.error('InvalidParameter', { hint: `Status is one of ${TICKET_STATUSES.join(', ')}.` });
    }
    const { offset, size, number } = pageFor(call, request);
    const accountId = call.caller.account.isOperator === 1 ? null : call.accountId;
    const { rows, total } = await listTickets(call.db, { accountId, status }, { offset, size });
    return { totalCount: total, pageNumber: number, pageSize: size, tickets: rows.map(ticketItem) };
  },
);
