import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { writeDurably } from '../base/files.ts';
import type { Ids } from '../base/ids.ts';
import { WorldFault } from '../base/worldFault.ts';
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
  const kept = text === undefined ? undefined : readCredentials(folder.credentials, text);
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
  if (kept?.accessKeyId !== credentials.accessKeyId)
    writeDurably(folder.credentials, `${JSON.stringify(credentials, null, 2)}\n`, 0o600);
  return operator;
}

/** What operator endpoints ask for; made at the first start. */
export function openOperatorToken(folder: DataFolder): string {
  const kept = readIfPresent(folder.operatorToken)?.trim();
  if (kept) return kept;
  const token = randomBytes(32).toString('base64url');
  writeDurably(folder.operatorToken, `${token}\n`, 0o600);
  return token;
}

function readCredentials(path: string, text: string): Credentials {
  try {
    return JSON.parse(text) as Credentials;
  } catch (error) {
    throw new WorldFault('CredentialsDamaged', `${path} is damaged. Move it away: it is made again from the records.`, {
      cause: error,
    });
  }
}
