import type { Db, Tx } from '../database.ts';

/** The answer once given to a ClientToken, per account and action. */
export interface ClientTokenRow {
  accountId: string;
  action: string;
  token: string;
  /** SHA-256 of the business parameters, hex. */
  parametersHash: string;
  /** The response body as JSON, without RequestId. */
  response: string;
  createdAt: number;
}

type Key = Pick<ClientTokenRow, 'accountId' | 'action' | 'token'>;

export async function findClientToken(db: Db, { accountId, action, token }: Key): Promise<ClientTokenRow | undefined> {
  return db
    .selectFrom('clientTokens')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('action', '=', action)
    .where('token', '=', token)
    .executeTakeFirst();
}

export async function keepClientToken(tx: Tx, row: ClientTokenRow): Promise<void> {
  await tx.insertInto('clientTokens').values(row).execute();
}

/** Forgets the answers given before `createdAt`. */
export async function dropClientTokens(tx: Tx, createdBefore: number): Promise<void> {
  await tx.deleteFrom('clientTokens').where('createdAt', '<', createdBefore).execute();
}
