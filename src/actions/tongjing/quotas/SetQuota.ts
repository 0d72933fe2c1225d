import { model } from '../../../contract/model.ts';
import type { Tx } from '../../../records/database.ts';
import { findAccounts } from '../../../records/tables/accounts.ts';
import { setQuota } from '../../../records/tables/accountQuotas.ts';
import { ownAction } from '../../action.ts';
import { operatorOnly } from '../operatorOnly.ts';
import { wishedQuota } from './wishedQuota.ts';

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
    const wish = wishedQuota(call, quotaName, value, 'Value');
    if ((await findAccounts(call.db, [accountId])).length === 0) throw call.error('InvalidAccount.NotFound');
    await setQuota(call.db as Tx, { accountId, ...wish });
    return {};
  },
);
