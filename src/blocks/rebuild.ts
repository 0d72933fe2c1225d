import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { systemFault } from '../base/systemFault.ts';
import { segmentPath, segmentsFolder, SEGMENT_SUFFIX } from './chunkIndex.ts';
import {
  checkSegmentVersion,
  MAX_PAYLOAD_BYTES,
  readRecordHeader,
  recordFlaw,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
} from './format.ts';

/** Enters in an empty index every chunk that the segments hold undamaged. Answers how many. */
export function rebuildIndex(database: DatabaseSync, storeFolder: string): number {
  const addSegment = database.prepare('INSERT INTO segments (name) VALUES (?) RETURNING id');
  const addChunk = database.prepare('INSERT OR IGNORE INTO chunks VALUES (?, ?, ?, ?, ?, 1)');
  let count = 0;
  for (const file of readdirSync(segmentsFolder(storeFolder)).sort()) {
    if (!file.endsWith(SEGMENT_SUFFIX)) continue;
    const name = file.slice(0, -SEGMENT_SUFFIX.length);
    const { id } = addSegment.get(name) as { id: number };
    eachRecord(segmentPath(storeFolder, name), name, (hash, offset, length, flags) => {
      count += Number(addChunk.run(hash, id, offset, length, flags).changes);
    });
  }
  return count;
}

function eachRecord(
  path: string,
  name: string,
  take: (hash: Buffer, offset: number, length: number, flags: number) => void,
): void {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(RECORD_HEADER_BYTES + MAX_PAYLOAD_BYTES);
    checkSegmentVersion(bytes.subarray(0, readSync(file, bytes, 0, SEGMENT_HEADER_BYTES, 0)), name);
    for (let at = SEGMENT_HEADER_BYTES; ;) {
      const present = readSync(file, bytes, 0, bytes.length, at);
      const header = bytes.subarray(0, Math.min(present, RECORD_HEADER_BYTES));
      const record = readRecordHeader(header);
      const end = RECORD_HEADER_BYTES + (record?.length ?? 0);
      if (!record || end > present) return;
      const payload = bytes.subarray(RECORD_HEADER_BYTES, end);
      if (recordFlaw(header, record.hash, record.flags, payload) === null)
        take(record.hash, at + RECORD_HEADER_BYTES, record.length, record.flags);
      at += end;
    }
  } catch (error) {
    throw systemFault(error, `read segment ${name}`);
  } finally {
    if (file !== null) closeSync(file);
  }
}
