import { closeSync, copyFileSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { writeDurably } from '../../base/files.ts';
import { systemFault } from '../../base/systemFault.ts';
import type { Root } from '../../blocks/blocks.ts';
import { BLOCK_BYTES, BLOCKS_PER_CHUNK, BlockState, runEnd, setBit, stateOf } from './bitmaps.ts';
import { dataFileBytes } from './blockFile.ts';
import { readFully, writeFully } from './files.ts';
import { checkIdentity, dataPath, readIdentity, type VolumeIdentity } from './folder.ts';
import { BLOCKS_PER_STATE_PAGE, CHUNKS_PER_DIRTY_PAGE, PAGE_BYTES } from './shared.ts';
import { createStateFile, openStateFile, STATE_FILES } from './stateFile.ts';

/** A volume's blocks as they lie in its folder, those of an encrypted one encrypted: to be carried elsewhere without its key. */

export const STATE_BYTES_PER_CHUNK = BLOCKS_PER_CHUNK / 4;
const CHUNKS_PER_STATE_PAGE = BLOCKS_PER_STATE_PAGE / BLOCKS_PER_CHUNK;

/** What one chunk (256 KiB) has that is not its base's. */
export interface CarriedChunk {
  chunk: number;
  /** Of its 64 blocks, as in `state.db`. */
  states: Uint8Array;
  /** Those that are data, one behind the other. */
  blocks: Buffer;
}

export interface CarriedVolume {
  identity: VolumeIdentity;
  sizeBytes: number;
  incrementalRoot: Root;
}

export interface RestingVolume extends CarriedVolume, Disposable {
  /** In their order; each is gone once the next one is asked for. */
  chunks(): Generator<CarriedChunk>;
}

/**
 * A volume that nobody changes meanwhile: none runs, or all writers are held. What it has is what it would have after a power cut at this moment.
 * `scratch` is an empty folder of the caller's. Null: there is none in `folder`.
 */
export function openResting(folder: string, scratch: string): RestingVolume | null {
  const identity = readIdentity(folder);
  if (!identity) return null;
  try {
    // Its process, if there is one, has it locked, and SQLite may have things to put right.
    for (const name of STATE_FILES)
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(scratch, name));
  } catch (error) {
    throw systemFault(error, `read ${folder}`);
  }
  const state = openStateFile(scratch);
  const file = openData(dataPath(folder), 'r');
  const bytes = Buffer.allocUnsafeSlow(BLOCKS_PER_CHUNK * BLOCK_BYTES);
  const { sizeBytes, incrementalRoot } = state.row();
  return {
    identity,
    sizeBytes,
    incrementalRoot,
    *chunks() {
      for (const { page, bits } of state.pages('states')) {
        for (let at = 0; at < CHUNKS_PER_STATE_PAGE; at++) {
          const states = bits.subarray(at * STATE_BYTES_PER_CHUNK, (at + 1) * STATE_BYTES_PER_CHUNK);
          if (states.every((byte) => byte === 0)) continue;
          const chunk = page * CHUNKS_PER_STATE_PAGE + at;
          let filled = 0;
          for (const [from, to] of dataRuns(states)) {
            const length = (to - from) * BLOCK_BYTES;
            readFully(file, bytes, filled, length, (chunk * BLOCKS_PER_CHUNK + from) * BLOCK_BYTES);
            filled += length;
          }
          yield { chunk, states, blocks: bytes.subarray(0, filled) };
        }
      }
    },
    [Symbol.dispose]() {
      state.close();
      closeSync(file);
    },
  };
}

/** Makes a volume's folder of what one had: everything counts as written since its last snapshot. Durable when it returns, but for its name. */
export function restoreVolume(
  folder: string,
  { identity, sizeBytes, incrementalRoot }: CarriedVolume,
  chunks: Iterable<CarriedChunk>,
): void {
  checkIdentity(folder, identity);
  const { keyId, keyCheck, ...plain } = identity;
  const said = keyId === null ? plain : { ...plain, keyId, keyCheck };
  mkdirSync(folder, { mode: 0o700 });
  writeDurably(join(folder, 'volume.json'), `${JSON.stringify(said)}\n`, 0o600);
  createStateFile(folder, { sizeBytes, incrementalRoot, isMarked: 1 });
  const state = openStateFile(folder);
  const file = openData(dataPath(folder), 'wx');
  try {
    state.write((change) => {
      const states = pageWriter(CHUNKS_PER_STATE_PAGE, (page, bits) => change.putPage('states', page, bits));
      const dirty = pageWriter(CHUNKS_PER_DIRTY_PAGE, (page, bits) => change.putPage('dirty', page, bits));
      for (const carried of chunks) {
        const { chunk, blocks } = carried;
        states.at(chunk, (bits, place) => bits.set(carried.states, place * STATE_BYTES_PER_CHUNK));
        dirty.at(chunk, (bits, place) => void setBit(bits, place));
        let done = 0;
        for (const [from, to] of dataRuns(carried.states)) {
          const length = (to - from) * BLOCK_BYTES;
          writeFully(file, blocks, done, length, (chunk * BLOCKS_PER_CHUNK + from) * BLOCK_BYTES);
          done += length;
        }
      }
      states.end();
      dirty.end();
    });
    ftruncateSync(file, dataFileBytes(sizeBytes, keyId !== null));
    fsyncSync(file);
  } catch (error) {
    throw systemFault(error, `make ${folder}`);
  } finally {
    closeSync(file);
    state.close();
  }
}

/** Bytes of the blocks that states say are data. */
export function carriedBytes(states: Uint8Array): number {
  let blocks = 0;
  for (const [from, to] of dataRuns(states)) blocks += to - from;
  return blocks * BLOCK_BYTES;
}

function* dataRuns(states: Uint8Array): Generator<[from: number, to: number]> {
  for (let block = 0; block < BLOCKS_PER_CHUNK;) {
    const next = runEnd(states, block, BLOCKS_PER_CHUNK);
    if (stateOf(states, block) === BlockState.data) yield [block, next];
    block = next;
  }
}

/** Pages of `perPage` chunks, put once the chunks, which come in order, have left them. */
function pageWriter(perPage: number, put: (page: number, bits: Uint8Array) => void) {
  const bits = new Uint8Array(PAGE_BYTES);
  let present = -1;
  const end = () => {
    if (present >= 0) put(present, bits);
    bits.fill(0);
  };
  return {
    at(chunk: number, work: (bits: Uint8Array, place: number) => void): void {
      const page = Math.floor(chunk / perPage);
      assert(page >= present, `chunk ${chunk} comes late`);
      if (page !== present) {
        end();
        present = page;
      }
      work(bits, chunk % perPage);
    },
    end,
  };
}

function openData(path: string, flags: 'r' | 'wx'): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw systemFault(error, `open ${path}`);
  }
}
