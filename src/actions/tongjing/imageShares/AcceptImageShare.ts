import { model } from '../../../contract/model.ts';
import { changeShare } from '../../../records/tables/imageShares.ts';
import { ownAction } from '../../action.ts';
import { receivedShare } from './receivedShare.ts';

/** Takes what was offered to the caller: from now on it is there for it. Accepting twice does no harm. */
export const AcceptImageShare = ownAction(
  'Tongjing',
  'AcceptImageShare',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['imageId'],
  },
  async (request, call) => {
    await changeShare(call.db, await receivedShare(call, request), { isPending: 0 });
    return {};
  },
);
