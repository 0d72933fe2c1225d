import { countShares, sharesOf } from '../../../records/tables/imageShares.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { ownImage } from './ownImage.ts';

export const DescribeImageSharePermission = action(
  'Ecs',
  'DescribeImageSharePermission',
  { access: 'read' },
  async (request, call) => {
    if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
    if (request.imageId === undefined) throw call.error('MissingParameter', { about: 'ImageId' });
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    const page = pageFor(call, request);
    const now = call.clock.now();
    const shares = await sharesOf(call.db, image.id, now, page);
    return {
      regionId,
      imageId: image.id,
      totalCount: await countShares(call.db, image.id, now),
      pageNumber: page.number,
      pageSize: page.size,
      accounts: {
        account: shares.map(({ accountId, sharedAt }) => ({ aliyunId: accountId, sharedTime: secondsTime(sharedAt) })),
      },
      shareGroups: { shareGroup: image.kind === 'system' ? [{ group: 'all' }] : [] },
    };
  },
);
