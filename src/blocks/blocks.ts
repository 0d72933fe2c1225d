import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { checkDataFormat } from '../base/dataFormat.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { ContentKey } from '../keys/keys.ts';
import { collect } from './collect.ts';
import { commitChunks } from './commit.ts';
import { copyMap } from './copy.ts';
import { openRegionStore, type RegionStore } from './regionStore.ts';
import { verify } from './verify.ts';
import { writeMap } from './writeMap.ts';

/** Hex SHA-256 of a map's top page. `null` stands for a disk that is wholly zero. */
export type Root = string | null;

/** What one chunk of a disk became. `hash` null: all zero, nothing stored. */
export interface ChunkRef {
  index: number;
  hash: string | null;
  /** Where its bytes were appended, when they were new. */
  stored: { segment: string; offset: number; length: number; flags: number } | null;
}

/** Protects every chunk written, or found already present, from its first byte until released. Survives nothing: a restart drops it. */
export interface Lease extends AsyncDisposable {
  readonly id: string;
  readonly regionId: string;
}

export interface Progress {
  doneBytes: number;
  totalBytes: number;
}

export interface TransferOptions {
  lease: Lease;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** A disk as it is stored. */
export interface StoredSource {
  regionId: string;
  root: Root;
  sizeBytes: number;
  /** What it is encrypted under; null: nothing. */
  key: ContentKey | null;
}

export interface WriteOptions extends TransferOptions {
  /** What it is encrypted under where it goes; null: nothing. */
  key: ContentKey | null;
}

export interface CopyResult {
  /** Other than the source's when the keys differ. */
  root: Root;
  copiedBytes: number;
  copiedChunks: number;
  /** Of all chunks that hold data, whether or not they had to travel. */
  contentBytes: number;
}

export interface CollectResult {
  deletedChunks: number;
  freedBytes: number;
  keptChunks: number;
}

export interface VerifyOptions {
  /** Of the roots whose content is encrypted: under which key. */
  keys?: ReadonlyMap<string, ContentKey>;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface VerifyResult {
  checkedChunks: number;
  /** Each damaged or missing chunk, with the roots that reach it. */
  damaged: { hash: string; reason: string; roots: string[] }[];
}

export interface Usage {
  chunks: number;
  /** Bytes of live chunks as stored. */
  storedBytes: number;
  /** Bytes of segment files, dead ones included. */
  segmentBytes: number;
}

/** The content-addressed stores, one for each region: the only owner of chunk indexes and segment files. */
export interface Blocks extends AsyncDisposable {
  /** Folder of a region's store: what a reader in another process opens. */
  folder(regionId: string): string;
  lease(regionId: string): Promise<Lease>;
  /** Makes sealed chunks reachable. Answers those that must be stored again (collected since they were found present). */
  commit(lease: Lease, refs: readonly ChunkRef[]): Promise<number[]>;
  /** The map of `base` with `changes` (chunk index → hash, null for zero) applied; pages stored and committed under the lease. */
  writeMap(lease: Lease, base: Root, changes: ReadonlyMap<number, string | null>, sizeBytes: number): Promise<Root>;
  /**
   * Copies a disk to the lease's region; only chunks missing there are stored. They travel as they are stored, unless the keys differ: then
   * each is named and encrypted anew.
   */
  copy(from: StoredSource, options: WriteOptions): Promise<CopyResult>;
  collect(regionId: string, roots: () => Promise<readonly string[]>): Promise<CollectResult>;
  /** Re-hashes everything that the roots reach; of what is encrypted under a key that it is not given, looks at the checksums. */
  verify(regionId: string, roots: readonly string[], options?: VerifyOptions): Promise<VerifyResult>;
  usage(regionId: string): Promise<Usage>;
}

/** One process at a time may own a data folder. Stores are made and opened when first used. */
export function openBlocks({ dataFolder, ids, log }: { dataFolder: string; ids: Ids; log: Log }): Blocks {
  checkDataFormat(join(dataFolder, 'format.json'));
  const stores = new Map<string, RegionStore>();

  function storeOf(regionId: string): RegionStore {
    let store = stores.get(regionId);
    if (!store) {
      store = openRegionStore(join(dataFolder, 'regions'), regionId, { ids, log });
      stores.set(regionId, store);
    }
    return store;
  }

  function storeUnder(lease: Lease): RegionStore {
    const store = storeOf(lease.regionId);
    assert(store.leases.has(lease.id), `lease ${lease.id} holds no longer`);
    return store;
  }

  return {
    folder: (regionId) => storeOf(regionId).folder,
    lease: async (regionId) => storeOf(regionId).lease(),
    async commit(lease, refs) {
      const store = storeUnder(lease);
      return commitChunks(store.database, store.folder, lease.id, refs);
    },
    writeMap: async (lease, base, changes, sizeBytes) => writeMap(storeUnder(lease), lease, base, changes, sizeBytes),
    copy: async (from, options) => copyMap(storeOf(from.regionId), storeUnder(options.lease), from, options),
    async collect(regionId, roots) {
      const store = storeOf(regionId);
      const result = await store.alone(() => collect(store, roots));
      log.info({ regionId, ...result }, 'collected garbage');
      return result;
    },
    verify: async (regionId, roots, options) => verify(storeOf(regionId), roots, options),
    async usage(regionId) {
      const store = storeOf(regionId);
      const { chunks, storedBytes } = store.database
        .prepare('SELECT count(*) AS chunks, coalesce(sum(length), 0) AS storedBytes FROM chunks')
        .get() as { chunks: number; storedBytes: number };
      const segments = await store.segments.list();
      return { chunks, storedBytes, segmentBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...stores.values()].map((store) => store.close()));
      stores.clear();
    },
  };
}
