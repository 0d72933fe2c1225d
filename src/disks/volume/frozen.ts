import { CHUNK_BYTES } from '../../blocks/format.ts';
import type { Base } from './base.ts';
import {
  BLOCK_BYTES,
  BLOCKS_PER_CHUNK,
  BlockState,
  FrozenState,
  hasBit,
  runEnd,
  setStates,
  stateOf,
} from './bitmaps.ts';
import type { BlockCipher } from './blockCipher.ts';
import { readFully, writeFully } from './files.ts';
import { Slot, lockShared, unlockShared, type SharedState } from './shared.ts';

/**
 * Before the writer changes blocks `from`…`to`: keeps for the freeze what they are now. Lock held. When there is no room for
 * that, the freeze is lost, never the write. `scratch` has room for a chunk.
 */
export function copyBefore(shared: SharedState, dataFile: number, scratch: Buffer, from: number, to: number): void {
  for (let block = from; block < to;) {
    const chunk = Math.floor(block / BLOCKS_PER_CHUNK);
    const end = Math.min(to, (chunk + 1) * BLOCKS_PER_CHUNK);
    if (hasBit(shared.frozenDirty, chunk)) {
      for (let at = block; at < end;) {
        const next = runEnd(shared.frozenStates, at, end);
        if (stateOf(shared.frozenStates, at) === FrozenState.same && !keep(shared, dataFile, scratch, at, next)) return;
        at = next;
      }
    }
    block = end;
  }
}

/** Blocks of one chunk, none of them kept before. False: the freeze is lost. */
function keep(shared: SharedState, dataFile: number, scratch: Buffer, from: number, to: number): boolean {
  for (let block = from; block < to;) {
    const next = runEnd(shared.states, block, to);
    const state = stateOf(shared.states, block);
    let kept: number = FrozenState.base;
    if (state === BlockState.zero) kept = FrozenState.zero;
    else if (state === BlockState.data) {
      kept = FrozenState.held;
      const length = (next - block) * BLOCK_BYTES;
      try {
        readFully(dataFile, scratch, 0, length, block * BLOCK_BYTES);
        writeFully(shared.slots[Slot.sideFile]!, scratch, 0, length, block * BLOCK_BYTES);
      } catch {
        shared.slots[Slot.freeze] = 2;
        return false;
      }
    }
    setStates(shared.frozenStates, block, next, kept);
    block = next;
  }
  return true;
}

export interface FrozenParts {
  shared: SharedState;
  dataFile: number;
  /** Of an encrypted volume. */
  cipher: BlockCipher | null;
  base: Base;
}

/** Fills `into` (256 KiB) with a chunk as it was at the freeze. False: the freeze is lost. */
export function readFrozen({ shared, dataFile, cipher, base }: FrozenParts, chunk: number, into: Buffer): boolean {
  const first = chunk * BLOCKS_PER_CHUNK;
  const start = chunk * CHUNK_BYTES;
  const end = Math.min(first + BLOCKS_PER_CHUNK, Math.ceil(shared.sizes[1]! / BLOCK_BYTES));
  /** Runs that the base has: it never changes, so they are read without the lock. */
  const fromBase: number[] = [];
  /** Runs that came from a file. */
  const fromFile: number[] = [];
  into.fill(0);
  lockShared(shared);
  try {
    if (shared.slots[Slot.freeze] !== 1) return false;
    for (let block = first; block < end;) {
      const frozen = stateOf(shared.frozenStates, block);
      let next = runEnd(shared.frozenStates, block, end);
      let file = -1;
      let isBase = frozen === FrozenState.base;
      if (frozen === FrozenState.same) {
        next = runEnd(shared.states, block, next);
        const state = stateOf(shared.states, block);
        if (state === BlockState.data) file = dataFile;
        isBase = state === BlockState.base;
      } else if (frozen === FrozenState.held) file = shared.slots[Slot.sideFile]!;
      const offset = block * BLOCK_BYTES;
      if (file >= 0) {
        readFully(file, into, offset - start, (next - block) * BLOCK_BYTES, offset);
        fromFile.push(block, next);
      } else if (isBase) fromBase.push(block, next);
      block = next;
    }
  } finally {
    unlockShared(shared);
  }
  if (cipher) {
    for (let run = 0; run < fromFile.length; run += 2) {
      const block = fromFile[run]!;
      cipher.decrypt(into, block * BLOCK_BYTES - start, (fromFile[run + 1]! - block) * BLOCK_BYTES, block);
    }
  }
  for (let run = 0; run < fromBase.length; run += 2) {
    const offset = fromBase[run]! * BLOCK_BYTES;
    base.read(offset, (fromBase[run + 1]! - fromBase[run]!) * BLOCK_BYTES, into, offset - start);
  }
  return true;
}
