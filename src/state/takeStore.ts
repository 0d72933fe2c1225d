import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChunkRef } from '../blocks/blocks.ts';
import { openIndex, segmentsFolder } from '../blocks/chunkIndex.ts';
import { createChunkWriter } from '../blocks/chunkWriter.ts';
import { commitChunks } from '../blocks/commit.ts';
import { assertKnownFlags, readRecordHeader, recordFlaw, RECORD_HEADER_BYTES } from '../blocks/format.ts';
import { stateInvalid, type StoreFrame } from './format.ts';
import type { FrameReader } from './frames.ts';

/** What no lease is called: it stands in the names of the segments. */
const LEASE_ID = 'loaded';
/** Made durable and entered in the index together. */
const BATCH_BYTES = 64 * 1024 * 1024;

/** The region's store that comes next. */
export function takeStore(frames: FrameReader, regionsFolder: string, report: () => void): void {
  const { regionId } = frames.takeJson<StoreFrame>('STOR');
  if (!/^[a-z0-9-]+$/.test(regionId)) throw stateInvalid('a region has no name');
  const storeFolder = join(regionsFolder, regionId);
  mkdirSync(segmentsFolder(storeFolder), { recursive: true, mode: 0o700 });
  const database = openIndex(storeFolder);
  const writer = createChunkWriter({ storeFolder, leaseId: LEASE_ID });
  try {
    let refs: ChunkRef[] = [];
    let committedBytes = 0;
    const commit = () => {
      writer.seal();
      commitChunks(database, storeFolder, LEASE_ID, refs);
      refs = [];
      committedBytes = writer.appendedBytes;
    };
    while (frames.peek() === 'CHNK') {
      const { hash, flags, payload } = readRecord(frames.take('CHNK'));
      refs.push(writer.putStored(0, hash, flags, payload));
      if (writer.appendedBytes >= committedBytes + BATCH_BYTES) commit();
      report();
    }
    commit();
  } finally {
    writer.close();
    database.close();
  }
}

function readRecord(bytes: Buffer): { hash: Buffer; flags: number; payload: Buffer } {
  const header = bytes.subarray(0, RECORD_HEADER_BYTES);
  const payload = bytes.subarray(RECORD_HEADER_BYTES);
  const record = readRecordHeader(header);
  const flaw = record ? recordFlaw(header, record.hash, record.flags, payload) : 'it is none';
  if (!record || flaw !== null) throw stateInvalid(`a chunk is not as it was stored: ${flaw}`);
  assertKnownFlags(record.flags);
  return { hash: record.hash, flags: record.flags, payload };
}
