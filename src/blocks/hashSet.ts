import { DatabaseSync } from 'node:sqlite';

/** A set of hashes that may outgrow memory: it spills to a temporary file. */
export interface HashSet {
  /** Whether it was not there before. */
  add(hash: Uint8Array): boolean;
  has(hash: Uint8Array): boolean;
  close(): void;
}

export function createHashSet(): HashSet {
  // An empty name is a private database on disk that is gone once closed.
  const database = new DatabaseSync('');
  database.exec(
    'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE hashes (hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID; BEGIN;',
  );
  const insert = database.prepare('INSERT OR IGNORE INTO hashes VALUES (?)');
  const find = database.prepare('SELECT 1 FROM hashes WHERE hash = ?');
  return {
    add: (hash) => insert.run(hash).changes === 1,
    has: (hash) => find.get(hash) !== undefined,
    close: () => database.close(),
  };
}
