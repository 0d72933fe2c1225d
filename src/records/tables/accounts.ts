import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import type { Db, Tx } from '../database.ts';
import type { Flag } from '../schema.ts';

export interface AccountRow {
  /** 16 digits. */
  id: string;
  name: string;
  site: 'china' | 'international' | 'japan';
  /** 1 for the one that may use operator endpoints. */
  isOperator: Flag;
  createdAt: number;
}

export interface AccessKeyRow {
  id: string;
  accountId: string;
  secret: string;
  status: 'Active' | 'Inactive';
  createdAt: number;
}

/** Temporary credentials by AssumeRole. */
export interface StsSessionRow {
  accessKeyId: string;
  secret: string;
  securityToken: string;
  accountId: string;
  roleArn: string;
  roleSessionName: string;
  roleId: string;
  expiresAt: number;
}

/** An access key with the account that it belongs to. */
export async function findAccessKey(db: Db, id: string): Promise<(AccessKeyRow & { account: AccountRow }) | undefined> {
  const key = await db.selectFrom('accessKeys').selectAll().where('id', '=', id).executeTakeFirst();
  return key && { ...key, account: await getAccount(db, key.accountId) };
}

export async function findStsSession(
  db: Db,
  accessKeyId: string,
): Promise<(StsSessionRow & { account: AccountRow }) | undefined> {
  const session = await db
    .selectFrom('stsSessions')
    .selectAll()
    .where('accessKeyId', '=', accessKeyId)
    .executeTakeFirst();
  return session && { ...session, account: await getAccount(db, session.accountId) };
}

async function getAccount(db: Db, id: string): Promise<AccountRow> {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

export async function listAccounts(db: Db): Promise<AccountRow[]> {
  return db.selectFrom('accounts').selectAll().orderBy('createdAt').orderBy('id').execute();
}

/** Those of the ids that exist. */
export async function findAccounts(db: Db, ids: readonly string[]): Promise<AccountRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('accounts').selectAll().where('id', 'in', ids).execute();
}

/** The account of the first start, with its oldest key. */
export async function findOperator(db: Db): Promise<{ account: AccountRow; accessKey: AccessKeyRow } | undefined> {
  const account = await db.selectFrom('accounts').selectAll().where('isOperator', '=', 1).executeTakeFirst();
  if (!account) return undefined;
  const accessKey = await db
    .selectFrom('accessKeys')
    .selectAll()
    .where('accountId', '=', account.id)
    .orderBy('createdAt')
    .executeTakeFirstOrThrow();
  return { account, accessKey };
}

/** The account's oldest key that is in use. */
export async function activeKeyOf(db: Db, accountId: string): Promise<AccessKeyRow | undefined> {
  return db
    .selectFrom('accessKeys')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('status', '=', 'Active')
    .orderBy('createdAt')
    .limit(1)
    .executeTakeFirst();
}

/** A new account with its first access key. */
export function createAccount(
  tx: Tx,
  parts: { clock: Clock; ids: Ids },
  account: Pick<AccountRow, 'name' | 'site' | 'isOperator'>,
): Promise<{ account: AccountRow; accessKey: AccessKeyRow }> {
  const { clock, ids } = parts;
  const createdAt = clock.now();
  const id = ids.account();
  return addAccount(
    tx,
    { ...account, id, createdAt },
    { id: ids.accessKeyId(), accountId: id, secret: ids.accessKeySecret(), status: 'Active', createdAt },
  );
}

export async function addAccount(
  tx: Tx,
  account: AccountRow,
  accessKey: AccessKeyRow,
): Promise<{ account: AccountRow; accessKey: AccessKeyRow }> {
  await tx.insertInto('accounts').values(account).execute();
  await tx.insertInto('accessKeys').values(accessKey).execute();
  return { account, accessKey };
}

export async function insertStsSession(db: Db, session: StsSessionRow): Promise<void> {
  await db.insertInto('stsSessions').values(session).execute();
}

/** Forgets the sessions that ended before `endedBefore`; until then a use of them is told that they expired. */
export async function dropStsSessions(db: Db, endedBefore: number): Promise<void> {
  await db.deleteFrom('stsSessions').where('expiresAt', '<', endedBefore).execute();
}
