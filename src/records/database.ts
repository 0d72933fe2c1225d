import { Kysely, type Transaction } from 'kysely';
import { systemFault } from '../base/systemFault.ts';
import { createAnswers, type Answers } from './answers.ts';
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
  const writer = open(path, 'write');
  try {
    await migrate(writer);
  } catch (error) {
    await writer.destroy();
    throw faultOf(error, `open the records ${path}`);
  }
  // The data folder is held by one process, so every commit passes here.
  let commits = 0;
  const reader = open(
    path,
    'read',
    createAnswers(() => commits),
  );
  return {
    read: reader,
    async write(body) {
      try {
        return await writer.transaction().execute(body);
      } catch (error) {
        throw faultOf(error, 'write the records');
      } finally {
        // Before anybody is told of the commit, and at worst once too often.
        commits += 1;
      }
    },
    async [Symbol.asyncDispose]() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function open(path: string, access: 'read' | 'write', answers?: Answers): Kysely<Schema> {
  try {
    return new Kysely<Schema>({ dialect: sqliteDialect(path, access, answers) });
  } catch (error) {
    throw faultOf(error, `open the records ${path}`);
  }
}

/** Read-only, I/O error, corrupt, full, can't open, no database: https://sqlite.org/rescode.html */
const FAULTS_OF_THE_WORLD = new Set([8, 10, 11, 13, 14, 26]);

/** The world's fault by its name; what a query did wrong stays as it is. */
function faultOf(error: unknown, doing: string): unknown {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' && FAULTS_OF_THE_WORLD.has(errcode & 0xff) ? systemFault(error, doing) : error;
}
