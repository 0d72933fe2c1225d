import { fdatasyncSync } from 'node:fs';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import type { Device, Extent } from '../nbd/device.ts';
import { DeviceFault, Errno } from '../nbd/wire.ts';
import type { Base } from './base.ts';
import { BLOCK_BYTES, BLOCKS_PER_CHUNK, BlockState, hasBit, runEnd, setBit, setStates, stateOf } from './bitmaps.ts';
import type { BlockFile } from './blockFile.ts';
import { copyBefore } from './frozen.ts';
import {
  BLOCKS_PER_STATE_PAGE,
  CHUNKS_PER_DIRTY_PAGE,
  Slot,
  followSize,
  lockShared,
  unlockShared,
  type SharedState,
} from './shared.ts';

export interface OverlayParts {
  shared: SharedState;
  /** Descriptor of the volume's sparse file. */
  dataFile: number;
  /** The same by its plain bytes. */
  blocks: BlockFile;
  base: Base;
  /** As `Slot.writer` names it; writes are refused once another does. */
  writerId: number;
  /**
   * Has the main thread record something durably and waits for it: `mark` that writes follow, `pages` that changed.
   * Never called with the lock held. Throws DeviceFault.
   */
  ask(what: 'mark' | 'pages'): void;
}

const ZEROES = Buffer.alloc(BLOCK_BYTES);
/** Zeroing goes on in steps, so that a freeze does not wait for all of a long one. */
const ZERO_STEP_BLOCKS = 16 * 1024;

/**
 * A live volume as its one writer sees it: blocks in the data file, blocks that are zero, and the base for the rest.
 * Only the writer's thread changes block states, so it reads them without the lock; freezes and uploads take the lock.
 */
export function createOverlay({ shared, dataFile, blocks, base, writerId, ask }: OverlayParts): Device {
  const { slots, sizes } = shared;
  const scratch = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  // The client before this one may have left without a flush.
  let isUnsynced = true;

  const blockEnd = (offset: number) => Math.ceil(offset / BLOCK_BYTES);

  /** Around each change. */
  function changing(change: () => void): void {
    if (slots[Slot.isMarked] === 0) ask('mark');
    lockShared(shared);
    try {
      if (slots[Slot.writer] !== writerId) throw new DeviceFault(Errno.ESHUTDOWN, 'this client was sent away');
      followSize(shared);
      change();
    } finally {
      unlockShared(shared);
    }
  }

  function become(from: number, to: number, state: number): void {
    if (setStates(shared.states, from, to, state)) {
      const last = Math.floor((to - 1) / BLOCKS_PER_STATE_PAGE);
      for (let page = Math.floor(from / BLOCKS_PER_STATE_PAGE); page <= last; page++) shared.changedStates[page] = 1;
      slots[Slot.isChanged] = 1;
    }
    const lastChunk = Math.floor((to - 1) / BLOCKS_PER_CHUNK);
    for (let chunk = Math.floor(from / BLOCKS_PER_CHUNK); chunk <= lastChunk; chunk++) {
      if (!setBit(shared.dirty, chunk)) continue;
      // What the freeze holds counts as dirty in state.db until it is committed.
      if (slots[Slot.freeze] !== 0 && hasBit(shared.frozenDirty, chunk)) continue;
      shared.changedDirty[Math.floor(chunk / CHUNKS_PER_DIRTY_PAGE)] = 1;
      slots[Slot.isChanged] = 1;
    }
  }

  function readRun(state: number, offset: number, length: number, into: Buffer, at: number): void {
    if (state === BlockState.data) blocks.read(into, at, length, offset);
    else if (state === BlockState.zero) into.fill(0, at, at + length);
    else base.read(offset, length, into, at);
  }

  /** A block that is written in part, and is not in the data file yet, is copied there whole. */
  function completeBlock(block: number, offset: number, length: number): void {
    if (stateOf(shared.states, block) === BlockState.data) return;
    const start = block * BLOCK_BYTES;
    const end = Math.min(start + BLOCK_BYTES, shared.coveredBytes);
    if (offset <= start && offset + length >= end) return;
    readRun(stateOf(shared.states, block), start, end - start, scratch, 0);
    blocks.write(scratch, 0, end - start, start);
  }

  /** Writes a block of which `from` has a part, with the rest as it is. */
  function writeBlock(block: number, offset: number, length: number, from: Buffer, at: number): void {
    const start = block * BLOCK_BYTES;
    const end = Math.min(start + BLOCK_BYTES, shared.coveredBytes);
    readRun(stateOf(shared.states, block), start, end - start, scratch, 0);
    scratch.fill(0, end - start, BLOCK_BYTES);
    from.copy(scratch, offset - start, at, at + length);
    blocks.write(scratch, 0, BLOCK_BYTES, start);
  }

  /** A write that begins or ends within a block. */
  function writeParts(offset: number, length: number, from: Buffer, at: number): void {
    const stop = offset + length;
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = blockEnd(stop) - 1;
    if (!blocks.isEncrypted) {
      completeBlock(first, offset, length);
      if (last > first) completeBlock(last, offset, length);
      return blocks.write(from, at, length, offset);
    }
    for (let position = offset; position < stop;) {
      const block = Math.floor(position / BLOCK_BYTES);
      const isPart = position % BLOCK_BYTES !== 0 || stop - position < BLOCK_BYTES;
      const end = isPart ? Math.min(stop, (block + 1) * BLOCK_BYTES) : stop - (stop % BLOCK_BYTES);
      const source = at + position - offset;
      if (isPart) writeBlock(block, position, end - position, from, source);
      else blocks.write(from, source, end - position, position);
      position = end;
    }
  }

  function write(offset: number, length: number, from: Buffer, at: number): void {
    const first = Math.floor(offset / BLOCK_BYTES);
    const end = blockEnd(offset + length);
    isUnsynced = true;
    changing(() => {
      if (slots[Slot.freeze] === 1) copyBefore(shared, dataFile, scratch, first, end);
      if (offset % BLOCK_BYTES !== 0 || length % BLOCK_BYTES !== 0) writeParts(offset, length, from, at);
      else blocks.write(from, at, length, offset);
      become(first, end, BlockState.data);
    });
  }

  function zeroBlocks(first: number, end: number): void {
    for (let block = first; block < end;) {
      const stop = Math.min(end, block + ZERO_STEP_BLOCKS);
      const next = runEnd(shared.states, block, stop);
      const state = stateOf(shared.states, block);
      const from = block;
      block = next;
      if (state === BlockState.zero || (state === BlockState.base && base.isEmpty)) continue;
      changing(() => {
        if (slots[Slot.freeze] === 1) copyBefore(shared, dataFile, scratch, from, next);
        become(from, next, BlockState.zero);
      });
    }
  }

  function zeroPart(offset: number, length: number): void {
    const block = Math.floor(offset / BLOCK_BYTES);
    const state = stateOf(shared.states, block);
    if (state === BlockState.zero || (state === BlockState.base && base.isEmpty)) return;
    write(offset, length, ZEROES, 0);
  }

  /** `parts`: also the blocks at both ends that the range covers only in part. */
  function zero(offset: number, length: number, parts: boolean): void {
    followSize(shared);
    const end = offset + length;
    const isToTheEnd = end === shared.coveredBytes;
    const first = blockEnd(offset);
    const last = isToTheEnd ? blockEnd(end) : Math.floor(end / BLOCK_BYTES);
    if (first > last) {
      if (parts) zeroPart(offset, length);
      return;
    }
    if (parts && first * BLOCK_BYTES > offset) zeroPart(offset, first * BLOCK_BYTES - offset);
    if (first < last) zeroBlocks(first, last);
    if (parts && last * BLOCK_BYTES < end) zeroPart(last * BLOCK_BYTES, end - last * BLOCK_BYTES);
  }

  return {
    isReadOnly: false,
    sizeBytes: () => sizes[0]!,
    read(offset, length, into, at) {
      followSize(shared);
      const endBlock = blockEnd(offset + length);
      const end = offset + length;
      for (let position = offset; position < end;) {
        const block = Math.floor(position / BLOCK_BYTES);
        const next = Math.min(end, runEnd(shared.states, block, endBlock) * BLOCK_BYTES);
        readRun(stateOf(shared.states, block), position, next - position, into, at + position - offset);
        position = next;
      }
    },
    inFile(offset, length) {
      followSize(shared);
      const block = Math.floor(offset / BLOCK_BYTES);
      if (blocks.isEncrypted || stateOf(shared.states, block) !== BlockState.data) return null;
      const end = runEnd(shared.states, block, blockEnd(offset + length)) * BLOCK_BYTES;
      return { file: dataFile, length: Math.min(length, end - offset) };
    },
    write,
    writeZeroes: (offset, length) => zero(offset, length, true),
    trim: (offset, length) => zero(offset, length, false),
    flush() {
      if (slots[Slot.isBroken] === 1) throw new DeviceFault(Errno.EIO, 'an earlier flush failed');
      if (isUnsynced) {
        try {
          fdatasyncSync(dataFile);
        } catch (error) {
          // The kernel forgets what it could not write: asking again would succeed and lie.
          slots[Slot.isBroken] = 1;
          throw error;
        }
        isUnsynced = false;
      }
      if (slots[Slot.isChanged] === 1) ask('pages');
    },
    extents(offset, length, limit) {
      followSize(shared);
      return extentsOf(shared, base, offset, length, limit);
    },
  };
}

/** Zero or not, run by run; neighbours that are the same are one. */
function extentsOf(shared: SharedState, base: Base, offset: number, length: number, limit: number): Extent[] {
  const extents: Extent[] = [];
  const end = offset + length;
  const endBlock = Math.ceil(end / BLOCK_BYTES);
  for (let position = offset; position < end;) {
    const block = Math.floor(position / BLOCK_BYTES);
    const state = stateOf(shared.states, block);
    let isZero = state === BlockState.zero;
    let stop = endBlock;
    if (state === BlockState.base) {
      const data = base.nextData(position);
      isZero = data > position;
      // As far as the base is the same at once: looking further each time would be quadratic in a long run of it.
      const far = isZero ? data : (Math.floor(position / CHUNK_BYTES) + 1) * CHUNK_BYTES;
      stop = Math.min(endBlock, far / BLOCK_BYTES);
    }
    const next = Math.min(end, runEnd(shared.states, block, stop) * BLOCK_BYTES);
    const last = extents.at(-1);
    if (last && last.isZero === isZero) last.length += next - position;
    else if (extents.length === limit) break;
    else extents.push({ length: next - position, isZero });
    position = next;
  }
  return extents;
}
