import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { writeDurably } from '../base/files.ts';
import type { Ids } from '../base/ids.ts';
import { systemFault } from '../base/systemFault.ts';
import type { Database } from './database.ts';
import { readIfPresent, type DataFolder } from './dataFolder.ts';
import { addAccount, createAccount, findOperator, type AccessKeyRow, type AccountRow } from './tables/accounts.ts';

/** The account that the first start makes. */
export interface Operator {
  account: AccountRow;
  accessKey: AccessKeyRow;
}

interface Credentials {
  accountId: string;
  accessKeyId: string;
  accessKeySecret: string;
}

/** The operator's account: as the records have it, else as the credentials file remembers it (after a reset), else new. */
export async function openOperator(
  database: Database,
  folder: DataFolder,
  parts: { clock: Clock; ids: Ids },
): Promise<Operator> {
  const text = readIfPresent(folder.credentials);
  const kept = text === undefined ? undefined : (JSON.parse(text) as Credentials);
  const operator =
    (await findOperator(database.read)) ??
    (await database.write((tx) => {
      const account = { name: 'operator', site: 'china', isOperator: 1 } as const;
      if (!kept) return createAccount(tx, parts, account);
      const createdAt = parts.clock.now();
      return addAccount(
        tx,
        { ...account, id: kept.accountId, createdAt },
        { id: kept.accessKeyId, accountId: kept.accountId, secret: kept.accessKeySecret, status: 'Active', createdAt },
      );
    }));
  const { account, accessKey } = operator;
  const credentials: Credentials = {
    accountId: account.id,
    accessKeyId: accessKey.id,
    accessKeySecret: accessKey.secret,
  };
  if (kept?.accessKeyId !== credentials.accessKeyId) keep(folder.credentials, JSON.stringify(credentials, null, 2));
  return operator;
}

/** What operator endpoints ask for; made at the first start. */
export function openOperatorToken(folder: DataFolder): string {
  const kept = readIfPresent(folder.operatorToken)?.trim();
  if (kept) return kept;
  const token = randomBytes(32).toString('base64url');
  keep(folder.operatorToken, token);
  return token;
}

function keep(path: string, text: string): void {
  try {
    writeDurably(path, `${text}\n`, 0o600);
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}
