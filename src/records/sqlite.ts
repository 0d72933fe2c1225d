import { DatabaseSync } from 'node:sqlite';
import { SqliteDialect, type SqliteDatabase } from 'kysely';
import type { Answers } from './answers.ts';

/** Kysely's SQLite dialect on Node's own SQLite. `write` commits durably (WAL, fsync at each commit); a reader may keep its answers. */
export function sqliteDialect(path: string, access: 'read' | 'write', answers: Answers | null = null): SqliteDialect {
  const database = new DatabaseSync(path, { readOnly: access === 'read' });
  // secure_delete: what a row held is overwritten when it goes, so that a deleted key is gone.
  if (access === 'write')
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST');
  database.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000');
  return new SqliteDialect({ database: adapt(database, answers) });
}

interface Prepared {
  statement: ReturnType<DatabaseSync['prepare']>;
  isReader: boolean;
}

function adapt(database: DatabaseSync, answers: Answers | null): SqliteDatabase {
  const statements = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    const known = statements.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const prepared = { statement, isReader: statement.columns().length > 0 };
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    statements.set(sql, prepared);
    return prepared;
  }

  return {
    close: () => database.close(),
    prepare(sql) {
      const { statement, isReader } = prepare(sql);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: isReader,
        all: (values) => {
          const ask = () => statement.all(...(values as Values));
          return answers ? answers.rows(sql, values, ask) : ask();
        },
        run: (values) => {
          const { changes, lastInsertRowid } = statement.run(...(values as Values));
          return { changes, lastInsertRowid };
        },
        iterate: (values) => statement.iterate(...(values as Values)) as IterableIterator<unknown>,
      };
    },
  };
}

/** Distinct statements kept prepared; a filter-heavy Describe makes a few dozen shapes. */
const STATEMENTS_KEPT = 500;
