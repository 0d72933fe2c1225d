import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemFault } from '../base/systemFault.ts';
import { WorldFault } from '../base/worldFault.ts';

/** Where a chunk's payload is. */
export interface Location {
  /** Name of the segment: its file is `segments/<name>.seg`. */
  segment: string;
  offset: number;
  length: number;
  flags: number;
}

export interface IndexReader {
  find(hash: Uint8Array): Location | null;
  /** Hashes of the chunks in a segment, in its order. */
  inSegment(segment: string): Buffer[];
  close(): void;
}

export const INDEX_VERSION = 1;
const SQLITE_NOTADB = 26;
const BUSY_TIMEOUT_MS = 30_000;

export const indexPath = (storeFolder: string) => join(storeFolder, 'index.db');
export const segmentsFolder = (storeFolder: string) => join(storeFolder, 'segments');
export const SEGMENT_SUFFIX = '.seg';
export const segmentPath = (storeFolder: string, segment: string) =>
  join(segmentsFolder(storeFolder), segment + SEGMENT_SUFFIX);

const SCHEMA = `
  CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE chunks (
    hash BLOB PRIMARY KEY,
    segment INTEGER NOT NULL REFERENCES segments (id),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    generation INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX chunks_by_segment ON chunks (segment, length);
  CREATE TABLE generation (current INTEGER NOT NULL) STRICT;
  INSERT INTO generation VALUES (1);
  PRAGMA user_version = ${INDEX_VERSION};
`;

/**
 * Makes the index when there is none, with what `fill` enters. Its one writer holds this; readers open it read-only.
 */
export function openIndex(storeFolder: string, fill: (database: DatabaseSync) => void = () => {}): DatabaseSync {
  const database = openDatabase(storeFolder, false);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    if (versionOf(database) === 0) {
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
      fill(database);
      database.exec('COMMIT');
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In any thread or process. Sees what is committed, while others write. */
export function openIndexReader(storeFolder: string): IndexReader {
  const database = openDatabase(storeFolder, true);
  const find = database.prepare(
    'SELECT s.name AS segment, c.offset, c.length, c.flags FROM chunks c JOIN segments s ON s.id = c.segment WHERE c.hash = ?',
  );
  const inSegment = database.prepare(
    'SELECT c.hash FROM chunks c JOIN segments s ON s.id = c.segment WHERE s.name = ? ORDER BY c.offset',
  );
  return {
    find: (hash) => (find.get(hash) as unknown as Location | undefined) ?? null,
    inSegment: (segment) => (inSegment.all(segment) as { hash: Uint8Array }[]).map(({ hash }) => Buffer.from(hash)),
    close: () => database.close(),
  };
}

function openDatabase(storeFolder: string, readOnly: boolean): DatabaseSync {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(indexPath(storeFolder), { readOnly, timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw systemFault(error, `open the chunk index in ${storeFolder}`);
  }
  const version = readableVersionOf(database, storeFolder);
  if (version > INDEX_VERSION) {
    database.close();
    throw new WorldFault(
      'FormatTooNew',
      `The chunk index in ${storeFolder} has version ${version}; this version reads ${INDEX_VERSION}`,
    );
  }
  return database;
}

function readableVersionOf(database: DatabaseSync, storeFolder: string): number {
  try {
    return versionOf(database);
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_NOTADB)
      throw systemFault(error, `read the chunk index in ${storeFolder}`);
    throw new WorldFault(
      'IndexDamaged',
      `${indexPath(storeFolder)} is no longer a database. Move it away and start again: it is made anew from the segments.`,
      { cause: error },
    );
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}
