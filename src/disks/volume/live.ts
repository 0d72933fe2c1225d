import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Root } from '../../blocks/blocks.ts';
import { BLOCKS_PER_CHUNK, nextBit, setBit } from './bitmaps.ts';
import { dataFileBytes } from './blockFile.ts';
import { dataPath } from './folder.ts';
import {
  CHUNKS_PER_DIRTY_PAGE,
  PAGE_BYTES,
  Slot,
  attachShared,
  createSharedBuffers,
  growShared,
  lockShared,
  unlockShared,
  type SharedState,
} from './shared.ts';
import { openStateFile } from './stateFile.ts';

const STATE_BYTES_PER_CHUNK = BLOCKS_PER_CHUNK / 4;
const syncData = promisify(fdatasync);

/** A volume as its process' main thread holds it: the owner of state.db and of freezes. */
export interface LiveVolume {
  readonly shared: SharedState;
  readonly dataFile: number;
  incrementalRoot(): Root;
  /** Id of the freeze that holds; null when none does or it was lost. */
  freezeId(): string | null;
  /** Durable before it returns: writes follow which the dirty bits may lack after a crash. */
  mark(): void;
  /** Writes changed pages. The caller has made the data durable that they speak of. */
  writePages(): void;
  hold(): void;
  release(): void;
  /** With the lock, which `hold` may have already. */
  locked<T>(work: () => T): T;
  freeze(id: string): void;
  thaw(id: string, committed: { root: Root } | null): Promise<void>;
  resize(sizeBytes: number): void;
  /** Everything durable, nothing marked. */
  close(): void;
}

/** Throws WorldFault `VolumeInUse`. */
export function openLive(folder: string, baseRoot: Root, isEncrypted = false): LiveVolume {
  const state = openStateFile(folder);
  const row = state.row();
  const dataFile = openData(folder);
  const shared = attachShared(createSharedBuffers(row.sizeBytes));
  const { slots, sizes } = shared;
  let { incrementalRoot } = row;
  let freezeId: string | null = null;
  let isHeld = false;

  const statePages = state.load('states', shared.states);
  state.load('dirty', shared.dirty);
  ftruncateSync(dataFile, dataFileBytes(row.sizeBytes, isEncrypted));
  if (row.isMarked === 1) {
    // Ended without a clean close: whatever is in the data file may have been overwritten.
    for (const page of statePages) dirtyWherever(page, (byte) => (byte & 0x55) !== 0);
    shared.changedDirty.fill(1);
    slots[Slot.isChanged] = 1;
    slots[Slot.isMarked] = 1;
  }

  /** Marks the chunks of a page of states dirty that have a byte (four blocks) of interest. */
  function dirtyWherever(page: number, isOfInterest: (byte: number) => boolean): void {
    const start = page * PAGE_BYTES;
    const end = Math.min(start + PAGE_BYTES, shared.states.length);
    for (let at = start; at < end; at++) {
      if (shared.states[at] !== 0 && isOfInterest(shared.states[at]!))
        setBit(shared.dirty, Math.floor((at * 4) / BLOCKS_PER_CHUNK));
    }
  }

  function locked<T>(work: () => T): T {
    if (isHeld) return work();
    lockShared(shared);
    try {
      return work();
    } finally {
      unlockShared(shared);
    }
  }

  function forEachChanged(flags: Uint8Array, work: (page: number) => void): void {
    for (let page = flags.indexOf(1); page >= 0; page = flags.indexOf(1, page + 1)) work(page);
  }

  /** Pages and `more`, in one durable transaction. The writer waits or the lock is held. */
  function writeState(more: Parameters<typeof state.write>[0] | null): void {
    state.write((change) => {
      forEachChanged(shared.changedStates, (page) =>
        change.putPage('states', page, shared.states.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)),
      );
      forEachChanged(shared.changedDirty, (page) => change.putPage('dirty', page, dirtyPage(page)));
      more?.(change);
    });
    shared.changedStates.fill(0);
    shared.changedDirty.fill(0);
    slots[Slot.isChanged] = 0;
  }

  /** What is dirty for the next start of this volume: what a freeze holds is, until it is committed. */
  function dirtyPage(page: number): Uint8Array {
    const bits = shared.dirty.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    if (freezeId !== null)
      for (let at = 0; at < bits.length; at++) bits[at]! |= shared.frozenDirty[page * PAGE_BYTES + at]!;
    return bits;
  }

  function forgetFreeze(): void {
    if (freezeId === null) return;
    freezeId = null;
    slots[Slot.freeze] = 0;
    closeSync(slots[Slot.sideFile]!);
    // Only where something is: the arrays of a large disk are mostly memory that was never touched.
    forEachFrozen((chunk) =>
      shared.frozenStates.fill(0, chunk * STATE_BYTES_PER_CHUNK, (chunk + 1) * STATE_BYTES_PER_CHUNK),
    );
    shared.frozenDirty.fill(0);
  }

  function forEachFrozen(work: (chunk: number) => void): void {
    for (let chunk = nextBit(shared.frozenDirty, 0); chunk >= 0; chunk = nextBit(shared.frozenDirty, chunk + 1))
      work(chunk);
  }

  function sync(): void {
    if (slots[Slot.isBroken] === 1) throw new WorldFault('DiskFault', `an earlier flush of ${folder} failed`);
    try {
      fdatasyncSync(dataFile);
    } catch (error) {
      slots[Slot.isBroken] = 1;
      throw systemFault(error, `make ${folder} durable`);
    }
  }

  return {
    shared,
    dataFile,
    incrementalRoot: () => incrementalRoot,
    freezeId: () => (slots[Slot.freeze] === 1 ? freezeId : null),
    mark() {
      if (slots[Slot.isMarked] === 1) return;
      state.write((change) => change.set({ isMarked: 1 }));
      slots[Slot.isMarked] = 1;
    },
    writePages: () => writeState(null),
    hold() {
      if (isHeld) throw new WorldFault('VolumeHeld', 'the volume is held by another freeze', { retryable: true });
      lockShared(shared);
      isHeld = true;
    },
    release() {
      if (!isHeld) return;
      isHeld = false;
      unlockShared(shared);
    },
    locked,
    freeze(id) {
      if (freezeId === id && slots[Slot.freeze] === 1) return;
      const path = join(folder, 'frozen');
      locked(() => {
        if (freezeId !== null && slots[Slot.freeze] === 1)
          throw new WorldFault('VolumeFrozen', `freeze ${freezeId} holds the volume`, { retryable: true });
        abandon();
        try {
          slots[Slot.sideFile] = openSync(path, 'w+', 0o600);
          // Without a name it goes away with the process.
          unlinkSync(path);
        } catch (error) {
          throw systemFault(error, `create ${path}`);
        }
        shared.frozenDirty.set(shared.dirty);
        shared.dirty.fill(0);
        sizes[1] = sizes[0]!;
        freezeId = id;
        slots[Slot.freeze] = 1;
      });
    },
    async thaw(id, committed) {
      if (freezeId !== id) {
        if (!committed || committed.root === incrementalRoot) return;
        // It was held by a process that died. What is dirty is not known relative to the new root, and nothing keeps the old one.
        locked(startAgain);
        return;
      }
      if (!committed || slots[Slot.freeze] === 2) {
        locked(abandon);
        return;
      }
      // Most of it while the volume is written on, the rest under the lock.
      await syncData(dataFile);
      if (freezeId !== id) return;
      locked(() => {
        // A snapshot holds unflushed writes too; they must not vanish in a crash from a chunk that counts as unchanged since.
        sync();
        forEachFrozen((chunk) => (shared.changedDirty[Math.floor(chunk / CHUNKS_PER_DIRTY_PAGE)] = 1));
        const held = shared.frozenDirty.slice();
        forgetFreeze();
        try {
          writeState((change) => change.set({ incrementalRoot: committed.root }));
        } catch (error) {
          for (let at = 0; at < held.length; at++) shared.dirty[at]! |= held[at]!;
          throw error;
        }
        incrementalRoot = committed.root;
      });
    },
    resize(sizeBytes) {
      if (sizeBytes <= sizes[0]!) return;
      locked(() => {
        try {
          ftruncateSync(dataFile, dataFileBytes(sizeBytes, isEncrypted));
        } catch (error) {
          throw systemFault(error, `grow ${folder}`);
        }
        state.write((change) => change.set({ sizeBytes }));
        growShared(shared, sizeBytes);
      });
    },
    close() {
      locked(() => {
        abandon();
        sync();
        writeState((change) => change.set({ isMarked: 0 }));
        slots[Slot.isMarked] = 0;
      });
      state.close();
      closeSync(dataFile);
    },
  };

  /** What a freeze held is dirty again. */
  function abandon(): void {
    for (let at = 0; at < shared.dirty.length; at++) shared.dirty[at]! |= shared.frozenDirty[at]!;
    forgetFreeze();
  }

  /** The next stored freeze holds everything that differs from the base. */
  function startAgain(): void {
    sync();
    const pages = Math.ceil(shared.states.length / PAGE_BYTES);
    for (let page = 0; page < pages; page++) dirtyWherever(page, () => true);
    shared.changedDirty.fill(1);
    writeState((change) => change.set({ incrementalRoot: baseRoot }));
    incrementalRoot = baseRoot;
  }
}

function openData(folder: string): number {
  try {
    return openSync(dataPath(folder), 'r+');
  } catch (error) {
    throw systemFault(error, `open ${dataPath(folder)}`);
  }
}
