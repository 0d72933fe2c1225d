import { DatabaseSync } from 'node:sqlite';
import { SqliteDialect, type SqliteDatabase } from 'kysely';

/** Kysely's SQLite dialect on Node's own SQLite. `write` commits durably (WAL, fsync at each commit). */
export function sqliteDialect(path: string, access: 'read' | 'write'): SqliteDialect {
  const database = new DatabaseSync(path, { readOnly: access === 'read' });
  if (access === 'write') database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000');
  return new SqliteDialect({ database: adapt(database) });
}

function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return {
    close: () => database.close(),
    prepare(sql) {
      let statement = statements.get(sql);
      if (!statement) {
        statement = database.prepare(sql);
        if (statements.size >= STATEMENTS_KEPT) statements.clear();
        statements.set(sql, statement);
      }
      const prepared = statement;
      type Values = Parameters<typeof prepared.all>;
      return {
        reader: prepared.columns().length > 0,
        all: (values) => prepared.all(...(values as Values)),
        run: (values) => {
          const { changes, lastInsertRowid } = prepared.run(...(values as Values));
          return { changes, lastInsertRowid };
        },
        iterate: (values) => prepared.iterate(...(values as Values)) as IterableIterator<unknown>,
      };
    },
  };
}

/** Distinct statements kept prepared; a filter-heavy Describe makes a few dozen shapes. */
const STATEMENTS_KEPT = 500;
