import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { decide } from './decide.ts';

/** Nobody wants it any more: a permission that it gave ends. */
export const WithdrawTicket = ownAction(
  'Tongjing',
  'WithdrawTicket',
  { request: model({ ticketId: 'string' }), response: model({}), access: 'write', required: ['ticketId'] },
  (request, call) => decide(call, 'withdraw', request),
);
