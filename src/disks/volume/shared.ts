import { CHUNK_BYTES } from '../../blocks/format.ts';
import { BLOCK_BYTES } from './bitmaps.ts';
import { lock, unlock } from './mutex.ts';

/** A row of state.db: this many bytes of block states, and of dirty bits. */
export const PAGE_BYTES = 1024;
export const BLOCKS_PER_STATE_PAGE = PAGE_BYTES * 4;
export const CHUNKS_PER_DIRTY_PAGE = PAGE_BYTES * 8;

/** Address space is reserved for this much; memory is taken as it is touched. */
export const MAX_VOLUME_BYTES = 64 * 2 ** 40;

/** Slots of `header`. */
export const Slot = {
  mutex: 0,
  /** The connection that may write; 0: none. */
  writer: 1,
  /** 1 when a page differs from state.db. */
  isChanged: 2,
  /** 1 once state.db says that the volume may hold writes which its dirty bits lack. */
  isMarked: 3,
  /** Freeze: 0 none, 1 held, 2 lost (no room to copy what was overwritten). */
  freeze: 4,
  sideFile: 5,
  /** 1: data may have been lost between write and flush, so that no flush can be promised any more. */
  isBroken: 6,
} as const;
const HEADER_BYTES = 128;
const SIZES_AT = 64;

/** What the threads of a volume's process share. Posted to each as it is. */
export interface SharedBuffers {
  header: SharedArrayBuffer;
  states: SharedArrayBuffer;
  dirty: SharedArrayBuffer;
  changedStates: SharedArrayBuffer;
  changedDirty: SharedArrayBuffer;
  frozenStates: SharedArrayBuffer;
  frozenDirty: SharedArrayBuffer;
}

export interface SharedState {
  readonly buffers: SharedBuffers;
  readonly slots: Int32Array;
  /** [0] the volume's present size, [1] its size at the freeze. */
  readonly sizes: Float64Array;
  states: Uint8Array;
  /** Chunks written since the newest freeze, or since the newest committed one when none is held. */
  dirty: Uint8Array;
  /** One byte a page: not yet in state.db. */
  changedStates: Uint8Array;
  changedDirty: Uint8Array;
  /** FrozenState of each block, as BlockState of `states`. */
  frozenStates: Uint8Array;
  /** Chunks that the freeze holds. */
  frozenDirty: Uint8Array;
  /** Bytes that the arrays cover. */
  coveredBytes: number;
}

export function createSharedBuffers(sizeBytes: number): SharedBuffers {
  const grow = (bytesFor: (size: number) => number) =>
    new SharedArrayBuffer(bytesFor(sizeBytes), { maxByteLength: bytesFor(MAX_VOLUME_BYTES) });
  const header = new SharedArrayBuffer(HEADER_BYTES);
  new Float64Array(header, SIZES_AT, 2)[0] = sizeBytes;
  return {
    header,
    states: grow(stateBytes),
    dirty: grow(dirtyBytes),
    changedStates: grow(statePages),
    changedDirty: grow(dirtyPages),
    frozenStates: grow(stateBytes),
    frozenDirty: grow(dirtyBytes),
  };
}

const statePages = (size: number) => Math.ceil(size / (BLOCK_BYTES * BLOCKS_PER_STATE_PAGE));
const dirtyPages = (size: number) => Math.ceil(size / (CHUNK_BYTES * CHUNKS_PER_DIRTY_PAGE));
const stateBytes = (size: number) => statePages(size) * PAGE_BYTES;
const dirtyBytes = (size: number) => dirtyPages(size) * PAGE_BYTES;

export function attachShared(buffers: SharedBuffers): SharedState {
  const sizes = new Float64Array(buffers.header, SIZES_AT, 2);
  return { buffers, slots: new Int32Array(buffers.header, 0, SIZES_AT / 4), sizes, ...views(buffers, sizes[0]!) };
}

/** Arrays of fixed length: those that follow a growing buffer are many times slower. */
function views(buffers: SharedBuffers, size: number) {
  return {
    states: new Uint8Array(buffers.states, 0, stateBytes(size)),
    dirty: new Uint8Array(buffers.dirty, 0, dirtyBytes(size)),
    changedStates: new Uint8Array(buffers.changedStates, 0, statePages(size)),
    changedDirty: new Uint8Array(buffers.changedDirty, 0, dirtyPages(size)),
    frozenStates: new Uint8Array(buffers.frozenStates, 0, stateBytes(size)),
    frozenDirty: new Uint8Array(buffers.frozenDirty, 0, dirtyBytes(size)),
    coveredBytes: size,
  };
}

/** Follows a size that another thread grew. */
export function followSize(shared: SharedState): void {
  const size = shared.sizes[0]!;
  if (size !== shared.coveredBytes) Object.assign(shared, views(shared.buffers, size));
}

/** Main thread, lock held. */
export function growShared(shared: SharedState, sizeBytes: number): void {
  const { buffers } = shared;
  buffers.states.grow(stateBytes(sizeBytes));
  buffers.dirty.grow(dirtyBytes(sizeBytes));
  buffers.changedStates.grow(statePages(sizeBytes));
  buffers.changedDirty.grow(dirtyPages(sizeBytes));
  buffers.frozenStates.grow(stateBytes(sizeBytes));
  buffers.frozenDirty.grow(dirtyBytes(sizeBytes));
  shared.sizes[0] = sizeBytes;
  followSize(shared);
}

export function lockShared(shared: SharedState): void {
  lock(shared.slots, Slot.mutex);
}

export function unlockShared(shared: SharedState): void {
  unlock(shared.slots, Slot.mutex);
}
