import { Kysely, type Transaction } from 'kysely';
import { migrate } from './migrations/migrate.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

/** What queries run on: the reader, or a transaction. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;

export interface Database extends AsyncDisposable {
  /** Sees what is committed. Never waits for a writer. */
  readonly read: Db;
  /** One transaction at a time; everything in `body` commits durably or nothing does. `body` does no I/O but queries. */
  write<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Opens (and brings up to date) the database at `path`. A file of a newer version is refused with FormatTooNew. */
export async function openDatabase(path: string): Promise<Database> {
  const writer = new Kysely<Schema>({ dialect: sqliteDialect(path, 'write') });
  try {
    await migrate(writer);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
  const reader = new Kysely<Schema>({ dialect: sqliteDialect(path, 'read') });
  return {
    read: reader,
    write: (body) => writer.transaction().execute(body),
    async [Symbol.asyncDispose]() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}
