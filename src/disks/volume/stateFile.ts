import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Root } from '../../blocks/blocks.ts';
import { PAGE_BYTES } from './shared.ts';

/** What changes about a volume, besides its pages. */
export interface VolumeRow {
  sizeBytes: number;
  /** What the next stored freeze is incremental to: the dirty bits are relative to it. */
  incrementalRoot: Root;
  /** 1: may hold writes that its dirty bits lack. Set before the first write, cleared by a clean end. */
  isMarked: 0 | 1;
}

type Pages = 'states' | 'dirty';

/** `state.db`, held by one process at a time. docs/format.md has its tables. */
export interface StateFile {
  row(): VolumeRow;
  /** In their order, each whole. */
  pages(pages: Pages): Generator<{ page: number; bits: Uint8Array }>;
  /** Answers which pages there are. */
  load(pages: Pages, into: Uint8Array): number[];
  /** One durable transaction. */
  write(work: (change: StateChange) => void): void;
  close(): void;
}

export interface StateChange {
  set(row: Partial<VolumeRow>): void;
  putPage(pages: Pages, page: number, bits: Uint8Array): void;
}

const STATE_VERSION = 1;

const SCHEMA = `
  CREATE TABLE volume (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sizeBytes INTEGER NOT NULL,
    incrementalRoot TEXT,
    isMarked INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE states (page INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
  CREATE TABLE dirty (page INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${STATE_VERSION};
`;

const statePath = (folder: string) => join(folder, 'state.db');
/** All that SQLite needs to open it, also after a crash. */
export const STATE_FILES = ['state.db', 'state.db-wal'];

export function createStateFile(folder: string, row: VolumeRow): void {
  try {
    const database = new DatabaseSync(statePath(folder));
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN; ${SCHEMA} COMMIT;`);
    database.prepare('INSERT INTO volume VALUES (1, ?, ?, ?)').run(row.sizeBytes, row.incrementalRoot, row.isMarked);
    database.close();
  } catch (error) {
    throw systemFault(error, `create the state of ${folder}`);
  }
}

/** Throws WorldFault `VolumeInUse` when another process holds it. */
export function openStateFile(folder: string): StateFile {
  const database = openExclusively(folder);
  const upsert = {
    states: database.prepare('INSERT OR REPLACE INTO states VALUES (?, ?)'),
    dirty: database.prepare('INSERT OR REPLACE INTO dirty VALUES (?, ?)'),
  };
  const change: StateChange = {
    set(row) {
      const names = Object.keys(row);
      const values = Object.values(row) as (string | number | null)[];
      database.prepare(`UPDATE volume SET ${names.map((name) => `${name} = ?`).join(', ')}`).run(...values);
    },
    putPage(pages, page, bits) {
      // A page whose bytes are all the same is kept as one of them: a disk written from end to end costs little.
      const isUniform = bits.every((byte) => byte === bits[0]);
      upsert[pages].run(page, isUniform ? bits.slice(0, 1) : bits.slice());
    },
  };
  function* pagesOf(pages: Pages): Generator<{ page: number; bits: Uint8Array }> {
    const rows = database.prepare(`SELECT page, bits FROM ${pages} ORDER BY page`).iterate();
    for (const { page, bits } of rows as Iterable<{ page: number; bits: Uint8Array }>)
      yield { page, bits: bits.length === 1 ? new Uint8Array(PAGE_BYTES).fill(bits[0]!) : bits };
  }
  return {
    pages: pagesOf,
    row: () =>
      database.prepare('SELECT sizeBytes, incrementalRoot, isMarked FROM volume').get() as unknown as VolumeRow,
    load(pages, into) {
      const found: number[] = [];
      for (const { page, bits } of pagesOf(pages)) {
        into.set(bits, page * PAGE_BYTES);
        found.push(page);
      }
      return found;
    },
    write(work) {
      try {
        database.exec('BEGIN IMMEDIATE');
        try {
          work(change);
          database.exec('COMMIT');
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      } catch (error) {
        throw systemFault(error, `write the state of ${folder}`);
      }
    },
    close: () => database.close(),
  };
}

function openExclusively(folder: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(statePath(folder), { timeout: 0 });
    // Exclusive before the first access: the lock is then held until the process ends, however it ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('BEGIN EXCLUSIVE; COMMIT;');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > STATE_VERSION)
      throw new WorldFault('FormatTooNew', `${folder} has version ${version}; this version reads ${STATE_VERSION}`);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof WorldFault) throw error;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY)
      throw new WorldFault('VolumeInUse', `${folder} is held by another process`, { retryable: true, cause: error });
    throw systemFault(error, `open the state of ${folder}`);
  }
}

const SQLITE_BUSY = 5;
