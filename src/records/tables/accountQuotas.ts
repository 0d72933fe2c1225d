import { quotas, type QuotaName } from '../../rules/quotas.ts';
import type { Db, Tx } from '../database.ts';

/** A limit that one account has in place of the general one. */
export interface AccountQuotaRow {
  accountId: string;
  name: QuotaName;
  value: number;
}

/** The account's limit: its own, else the general one. */
export async function quotaOf(db: Db, accountId: string, name: QuotaName): Promise<number> {
  const row = await db
    .selectFrom('accountQuotas')
    .select('value')
    .where('accountId', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value ?? quotas[name];
}

export async function setQuota(tx: Tx, row: AccountQuotaRow): Promise<void> {
  await tx
    .insertInto('accountQuotas')
    .values(row)
    .onConflict((conflict) => conflict.columns(['accountId', 'name']).doUpdateSet({ value: row.value }))
    .execute();
}
