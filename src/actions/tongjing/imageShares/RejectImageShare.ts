import { model } from '../../../contract/model.ts';
import { removeShares } from '../../../records/tables/imageShares.ts';
import { ownAction } from '../../action.ts';
import { receivedShare } from './receivedShare.ts';

/** Refuses what was offered to the caller, or gives back what it had accepted. The owner may share it again. */
export const RejectImageShare = ownAction(
  'Tongjing',
  'RejectImageShare',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['imageId'],
  },
  async (request, call) => {
    const { imageId, accountId } = await receivedShare(call, request);
    await removeShares(call.db, imageId, [accountId]);
    return {};
  },
);
