import type { Kysely, Transaction } from 'kysely';

interface Waiting<Schema> {
  body: (tx: Transaction<Schema>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** A commit waits for the disk, and so does the whole process: nobody is kept from it longer than this by bodies that joined. */
const BATCH_MS = 10;

const SAVEPOINT = 'body';

export interface GroupCommit<Schema> {
  /** Resolves once the body's changes are durable. A body that throws leaves nothing, whatever the others of its commit do. */
  write<T>(body: (tx: Transaction<Schema>) => Promise<T>): Promise<T>;
}

/**
 * Bodies that are asked for at about the same time run one after the other in one transaction, each in a savepoint, and are
 * committed together: one wait for the disk serves them all. `committed` is called between the commit and its news; `now` is
 * in milliseconds.
 */
export function createGroupCommit<Schema>(
  writer: Kysely<Schema>,
  committed: () => void,
  now = () => performance.now(),
): GroupCommit<Schema> {
  const waiting: Waiting<Schema>[] = [];
  let isPumping = false;

  async function pump(): Promise<void> {
    while (waiting.length > 0) await commitSome();
    isPumping = false;
  }

  async function commitSome(): Promise<void> {
    const taken: Waiting<Schema>[] = [];
    const news: (() => void)[] = [];
    let fault: unknown;
    try {
      const transaction = await writer.startTransaction().execute();
      try {
        const startedAt = now();
        do {
          const next = waiting.shift()!;
          taken.push(next);
          const savepoint = await transaction.savepoint(SAVEPOINT).execute();
          try {
            const value = await next.body(savepoint);
            await savepoint.releaseSavepoint(SAVEPOINT).execute();
            news.push(() => next.resolve(value));
          } catch (error) {
            fault = error;
            await savepoint.rollbackToSavepoint(SAVEPOINT).execute();
            fault = undefined;
            news.push(() => next.reject(error));
          }
        } while (waiting.length > 0 && now() < startedAt + BATCH_MS);
        await transaction.commit().execute();
      } catch (error) {
        // SQLite ends a transaction by itself when the disk is full; what it was is the first fault, not the one of undoing it.
        fault ??= error;
        await transaction
          .rollback()
          .execute()
          .catch(() => {});
        throw error;
      }
    } catch (error) {
      fault ??= error;
      if (taken.length === 0) taken.push(waiting.shift()!);
      for (const { reject } of taken) reject(fault);
      return;
    } finally {
      committed();
    }
    for (const tell of news) tell();
  }

  return {
    write: (body) =>
      new Promise((resolve, reject) => {
        waiting.push({ body, resolve: resolve as (value: unknown) => void, reject });
        if (isPumping) return;
        isPumping = true;
        // After everything that came in at the same moment has been read.
        setImmediate(() => void pump());
      }),
  };
}
