import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { decide } from './decide.ts';

/** The operator says no, or takes a permission back. A quota stays as it is: SetQuota changes it. */
export const RefuseTicket = ownAction(
  'Tongjing',
  'RefuseTicket',
  {
    request: model({ ticketId: 'string', note: 'string' }),
    response: model({}),
    access: 'write',
    required: ['ticketId'],
  },
  (request, call) => decide(call, 'refuse', request),
);
