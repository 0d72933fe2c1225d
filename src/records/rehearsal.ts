import { sql } from 'kysely';
import type { Database, Db, Tx } from './database.ts';

/** Ends a transaction that is to leave nothing. */
class TakenBack extends Error {
  override readonly name = 'TakenBack';
}

/** Runs `body` in a transaction that is rolled back, however it ends. */
export async function takenBack<T>(database: Database, body: (tx: Tx) => Promise<T>): Promise<T> {
  const answers: T[] = [];
  try {
    await database.write(async (tx) => {
      answers.push(await body(tx));
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  return answers[0]!;
}

/** Runs `body` within a transaction such that nothing of it stays if it throws. They nest. */
export async function atSavepoint<T>(tx: Db, body: () => Promise<T>): Promise<T> {
  await sql`savepoint attempt`.execute(tx);
  try {
    const value = await body();
    await sql`release savepoint attempt`.execute(tx);
    return value;
  } catch (error) {
    await sql`rollback to savepoint attempt`.execute(tx);
    await sql`release savepoint attempt`.execute(tx);
    throw error;
  }
}
