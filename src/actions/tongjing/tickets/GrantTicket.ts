import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { decide } from './decide.ts';

/** The operator gives what is asked for: the permission holds from now on, a quota is changed at once. */
export const GrantTicket = ownAction(
  'Tongjing',
  'GrantTicket',
  {
    request: model({ ticketId: 'string', note: 'string' }),
    response: model({}),
    access: 'write',
    required: ['ticketId'],
  },
  (request, call) => decide(call, 'grant', request),
);
