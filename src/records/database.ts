import { DatabaseSync } from 'node:sqlite';
import { Kysely, type Transaction } from 'kysely';
import { systemFault } from '../base/systemFault.ts';
import { createAnswers, type Answers } from './answers.ts';
import { createGroupCommit } from './groupCommit.ts';
import { migrate } from './migrations/migrate.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

/** What queries run on: the reader, or a transaction. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;

/** Sees what is committed, and knows its answers until the next commit. */
class Reader extends Kysely<Schema> {
  readonly answers: Answers;

  constructor(path: string, answers: Answers) {
    super({ dialect: sqliteDialect(path, 'read', answers) });
    this.answers = answers;
  }
}

/**
 * What `ask` makes of rows alone, no clock and no chance, kept for those who ask `question` again before anything is committed; in a
 * transaction it is made anew. Nobody may change it.
 */
export function remembered<T extends object>(db: Db, question: string, ask: () => Promise<T>): Promise<T> {
  return db instanceof Reader ? db.answers.made(question, ask) : ask();
}

export interface Database extends AsyncDisposable {
  /** Sees what is committed. Never waits for a writer. */
  readonly read: Db;
  /** One body at a time; everything in `body` commits durably or nothing does. `body` does no I/O but queries. */
  write<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Opens (and brings up to date) the database at `path`. A file of a newer version is refused with FormatTooNew. */
export async function openDatabase(path: string): Promise<Database> {
  const writer = open(path, () => new Kysely<Schema>({ dialect: sqliteDialect(path, 'write') }));
  try {
    await migrate(writer);
  } catch (error) {
    await writer.destroy();
    throw faultOf(error, `open the records ${path}`);
  }
  // The data folder is held by one process, so every commit passes here.
  let commits = 0;
  const answers = createAnswers(() => commits);
  const reader = open(path, () => new Reader(path, answers));
  const group = createGroupCommit(writer, () => {
    commits += 1;
  });
  return {
    read: reader,
    async write(body) {
      try {
        return await group.write(body);
      } catch (error) {
        throw faultOf(error, 'write the records');
      }
    },
    async [Symbol.asyncDispose]() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** A database that nobody writes, for reading alone. It is the caller's to destroy. */
export function openRecords(path: string): Db {
  return open(path, () => new Kysely<Schema>({ dialect: sqliteDialect(path, 'read') }));
}

/** Puts a copy of what is committed at `path`, durable, with nothing in it of rows that are gone. Blocking. */
export function copyRecords(path: string, to: string): void {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 30_000 });
    try {
      database.prepare('VACUUM INTO ?').run(to);
    } finally {
      database.close();
    }
  } catch (error) {
    throw systemFault(error, `copy the records ${path}`);
  }
}

function open<T>(path: string, make: () => T): T {
  try {
    return make();
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
