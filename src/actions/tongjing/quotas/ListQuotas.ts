import { model } from '../../../contract/model.ts';
import { findAccounts } from '../../../records/tables/accounts.ts';
import { quotaOf } from '../../../records/tables/accountQuotas.ts';
import { ACCOUNT_QUOTAS, quotas } from '../../../rules/quotas.ts';
import { ownAction } from '../../action.ts';
import { operatorOnly } from '../operatorOnly.ts';

const Quota = model({ quotaName: 'string', value: 'number', defaultValue: 'number' });

/** The limits that hold for the caller; the operator may ask for another account's. */
export const ListQuotas = ownAction(
  'Tongjing',
  'ListQuotas',
  { request: model({ accountId: 'string' }), response: model({ quotas: [Quota] }), access: 'read' },
  async (request, call) => {
    const { accountId = call.accountId } = request;
    if (accountId !== call.accountId) {
      operatorOnly(call);
      if ((await findAccounts(call.db, [accountId])).length === 0) throw call.error('InvalidAccount.NotFound');
    }
    const rows = [];
    for (const quotaName of ACCOUNT_QUOTAS) {
      const value = await quotaOf(call.db, accountId, quotaName);
      rows.push({ quotaName, value, defaultValue: quotas[quotaName] });
    }
    return { quotas: rows };
  },
);
