import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDecompressor } from '../base/zstd.ts';
import { chunkCount, MAX_DISK_BYTES } from '../blocks/format.ts';
import { BLOCK_BYTES, BLOCKS_PER_CHUNK } from '../disks/volume/bitmaps.ts';
import { carriedBytes, restoreVolume, type CarriedChunk, type CarriedVolume } from '../disks/volume/carry.ts';
import { BLOCKS_HEAD_BYTES, FLAG_ZSTD, stateInvalid } from './format.ts';
import type { FrameReader } from './frames.ts';

const STATES_AT = 16;

/** The volume that comes next, into a folder of its own. */
export function takeVolume(frames: FrameReader, volumesFolder: string, report: () => void): void {
  const volume = frames.takeJson<CarriedVolume>('VOLU');
  const { identity, sizeBytes } = volume;
  if (!/^[0-9A-Za-z_-]+$/.test(identity.volumeId)) throw stateInvalid('a volume has no name');
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes > MAX_DISK_BYTES)
    throw stateInvalid(`volume ${identity.volumeId} has ${sizeBytes} bytes`);
  const folder = join(volumesFolder, identity.volumeId);
  if (existsSync(folder)) throw stateInvalid(`volume ${identity.volumeId} comes twice`);
  restoreVolume(folder, volume, chunksOf(frames, chunkCount(sizeBytes), report));
}

function* chunksOf(frames: FrameReader, count: number, report: () => void): Generator<CarriedChunk> {
  const decompress = createDecompressor();
  const plain = Buffer.allocUnsafeSlow(BLOCKS_PER_CHUNK * BLOCK_BYTES);
  let last = -1;
  while (frames.peek() === 'BLKS') {
    const payload = frames.take('BLKS');
    if (payload.length < BLOCKS_HEAD_BYTES) throw stateInvalid('blocks of a volume are cut short');
    const chunk = Number(payload.readBigUInt64LE(0));
    if (chunk <= last || chunk >= count) throw stateInvalid(`chunk ${chunk} of a volume is out of place`);
    last = chunk;
    const states = payload.subarray(STATES_AT, BLOCKS_HEAD_BYTES);
    const rest = payload.subarray(BLOCKS_HEAD_BYTES);
    const into = plain.subarray(0, carriedBytes(states));
    const flags = payload.readUInt8(8);
    if ((flags & ~FLAG_ZSTD) !== 0) throw stateInvalid(`chunk ${chunk} of a volume has flags ${flags}`);
    const blocks = flags & FLAG_ZSTD ? decompress(rest, into) : rest;
    if (blocks.length !== into.length) throw stateInvalid(`chunk ${chunk} of a volume has ${blocks.length} bytes`);
    yield { chunk, states, blocks };
    report();
  }
}
