import { listInstances } from '../../../records/tables/instances.ts';
import { commaIds } from '../../../rules/idLists.ts';
import { action } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { pageFor } from '../../page.ts';

/** Of subscriptions alone; none renews itself here. */
export const DescribeInstanceAutoRenewAttribute = action(
  'Ecs',
  'DescribeInstanceAutoRenewAttribute',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, { pageNumber: numberOf(request.pageNumber), pageSize: numberOf(request.pageSize) });
    const status = oneOf(call, request.renewalStatus, ['AutoRenewal', 'Normal', 'NotRenewal'], 'InvalidParameter');
    const ids = request.instanceId === undefined ? undefined : commaIds(request.instanceId);
    if (ids === null) throw call.error('InvalidParameter', { hint: 'InstanceId lists at most 100 ids.' });
    if (ids === undefined && status === undefined) {
      throw call.error('MissingParameter', { about: 'InstanceId should not be null' });
    }
    const found =
      (status ?? 'Normal') === 'Normal'
        ? await listInstances(
            call.db,
            { accountId: call.accountId, regionId, ids, chargeType: 'PrePaid' },
            { offset: page.offset, size: page.size, after: null },
          )
        : { rows: [], total: 0 };
    return {
      totalCount: found.total,
      pageNumber: page.number,
      pageSize: page.size,
      instanceRenewAttributes: {
        instanceRenewAttribute: found.rows.map(({ id }) => ({
          instanceId: id,
          autoRenewEnabled: false,
          duration: 0,
          periodUnit: '',
          renewalStatus: 'Normal',
        })),
      },
    };
  },
);

/** Not a number: out of every range. */
const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
