import { model } from '../../../contract/model.ts';
import { allowedPublishers, imageSettingsOf } from '../../../records/tables/imageSettings.ts';
import { ownAction } from '../../action.ts';

/** What holds for the caller's images; without AllowedPublishers, images of everybody are there. */
export const DescribeAccountImageSettings = ownAction(
  'Tongjing',
  'DescribeAccountImageSettings',
  {
    request: model({}),
    response: model({
      shareAcceptance: 'string',
      sharing: 'string',
      recycleBinDays: 'number',
      bootProof: 'string',
      allowedPublishers: ['string'],
    }),
    access: 'read',
  },
  async (_, call) => {
    const { shareAcceptance, sharing, recycleBinDays, bootProof } = await imageSettingsOf(call.db, call.accountId);
    const publishers = await allowedPublishers(call.db, call.accountId);
    return { shareAcceptance, sharing, recycleBinDays, bootProof, allowedPublishers: publishers };
  },
);
