import { ApiError } from '../../contract/errors.ts';
import { activeKeyOf, createAccount, listAccounts } from '../../records/tables/accounts.ts';
import { choiceIn, lineIn, type Route } from './parts.ts';

/** `{name, site}`: a new account with its access key, whose secret is told this once. */
export const createAccountRoute: Route['run'] = async ({ body }, parts) => {
  const name = lineIn(body, 'name');
  const site = choiceIn(body, 'site', ['china', 'international', 'japan'], 'china');
  const core = parts.core();
  const { account, accessKey } = await core.database.write((tx) =>
    createAccount(tx, core, { name, site, isOperator: 0 }),
  );
  return { json: { accountId: account.id, name, site, accessKeyId: accessKey.id, accessKeySecret: accessKey.secret } };
};

export const listAccountsRoute: Route['run'] = async (_request, parts) => {
  const accounts = await listAccounts(parts.core().database.read);
  return {
    json: {
      accounts: accounts.map(({ id, name, site, isOperator, createdAt }) => ({
        accountId: id,
        name,
        site,
        isOperator: isOperator === 1,
        createdAt: new Date(createdAt).toISOString(),
      })),
    },
  };
};

/** An access key of an account: the operator, who holds the records, acts for it. */
export const readAccountKey: Route['run'] = async ({ ids }, parts) => {
  const key = await activeKeyOf(parts.core().database.read, ids[0]!);
  if (!key) throw new ApiError(404, 'AccountNotFound', `There is no account ${ids[0]} with an active access key.`);
  return { json: { accountId: key.accountId, accessKeyId: key.id, accessKeySecret: key.secret } };
};
