import { grantsOf } from '../../../records/tables/cens.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { grantedVpc } from './granted.ts';

export const DescribeGrantRulesToCen = action(
  'Vpc',
  'DescribeGrantRulesToCen',
  { access: 'read', required: ['instanceId', 'instanceType'] },
  async (request, call) => {
    const page = pageFor(call, request);
    const grants = await grantsOf(call.db, (await grantedVpc(call, request)).id);
    const shown = grants.slice(page.offset, page.offset + page.size);
    return {
      cenGrantRules: {
        cbnGrantRule: shown.map(({ cenId, cenOwnerId, createdAt }) => ({
          cenInstanceId: cenId,
          cenOwnerId: Number(cenOwnerId),
          creationTime: secondsTime(createdAt),
        })),
      },
      totalCount: grants.length,
      pageNumber: page.number,
      pageSize: page.size,
    };
  },
);
