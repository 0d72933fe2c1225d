import { model } from '../../../contract/model.ts';
import type { Tx } from '../../../records/database.ts';
import { findAccounts } from '../../../records/tables/accounts.ts';
import { setQuota } from '../../../records/tables/accountQuotas.ts';
import { isQuotaName, LARGEST_QUOTA } from '../../../rules/quotas.ts';
import { ownAction } from '../../action.ts';
import { operatorOnly } from '../operatorOnly.ts';

/** The operator gives an account a limit of its own. What it has already stays, however much. */
export const SetQuota = ownAction(
  'Tongjing',
  'SetQuota',
  {
    request: model({ accountId: 'string', quotaName: 'string', value: 'number' }),
    response: model({}),
    access: 'write',
    required: ['accountId', 'quotaName', 'value'],
  },
  async ({ accountId, quotaName, value }, call) => {
    operatorOnly(call);
    if (!isQuotaName(quotaName))
      throw call.error('InvalidParameter', { hint: 'QuotaName is one that ListQuotas names.' });
    if (value < 0 || value > LARGEST_QUOTA) {
      throw call.error('InvalidParameter', { hint: `Value is a number from 0 to ${LARGEST_QUOTA}.` });
    }
    if ((await findAccounts(call.db, [accountId])).length === 0) throw call.error('InvalidAccount.NotFound');
    await setQuota(call.db as Tx, { accountId, name: quotaName, value });
    return {};
  },
);
