import { createHash } from 'node:crypto';
import { WorldFault } from '../../src/base/worldFault.ts';
import type { Blocks, Root } from '../../src/blocks/blocks.ts';
import type { StoredDisk, Transfers } from '../../src/disks/transfers.ts';
import type { Volumes } from '../../src/disks/volumes.ts';

/**
 * The data plane in memory, a disk's content being one string: what jobs do to it can be looked at, held up and failed. What moves bytes
 * is half done when it is held up.
 */
export interface DataPlane {
  blocks: Blocks;
  volumes: Volumes;
  transfers: Transfers;
  /** Every call, in order: `remove v-1`. */
  calls: string[];
  /** Leases that are held now. */
  leases: Set<string>;
  /** Region → root → content. */
  stores: Map<string, Map<string, string>>;
  disks: Map<string, FakeVolume>;
  /** What files hold, for imports and exports. */
  files: Map<string, string>;
  /** Content of a root, wherever it is stored; null is empty. */
  content(regionId: string, root: Root): string | undefined;
  /** The next calls whose text begins so fail with these, in order. */
  failNext(call: string, ...faults: Error[]): void;
  /** Holds up the calls whose text begins so until the answer is called. */
  hold(call: string): () => void;
  /** Resolves once a call whose text begins so is under way. */
  called(call: string): Promise<void>;
  /** The volumes' processes die: freezes are lost. */
  crash(): void;
}

interface FakeVolume {
  content: string;
  sizeBytes: number;
  isOpen: boolean;
  freezes: Map<string, string>;
  incrementalTo: Root;
}

export const rootOf = (content: string): string => createHash('sha256').update(content).digest('hex');

export function createDataPlane(): DataPlane {
  const calls: string[] = [];
  const faults: { call: string; fault: Error }[] = [];
  const gates: { call: string; open: Promise<void> }[] = [];
  const listeners: { call: string; resolve: () => void }[] = [];
  const stores = new Map<string, Map<string, string>>();
  const disks = new Map<string, FakeVolume>();
  const files = new Map<string, string>();
  const leases = new Set<string>();

  const store = (regionId: string) => {
    let roots = stores.get(regionId);
    if (!roots) stores.set(regionId, (roots = new Map()));
    return roots;
  };
  const content = (regionId: string, root: Root) => (root === null ? '' : store(regionId).get(root));
  const put = (regionId: string, text: string): Root => {
    if (text === '') return null;
    store(regionId).set(rootOf(text), text);
    return rootOf(text);
  };

  /** Every call passes here. */
  async function enter(text: string, signal?: AbortSignal): Promise<void> {
    calls.push(text);
    for (const listener of listeners.filter(({ call }) => text.startsWith(call))) listener.resolve();
    const open = gates.find(({ call }) => text.startsWith(call))?.open;
    if (open) {
      const aborted = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
      await Promise.race([open, aborted.promise]);
    }
    signal?.throwIfAborted();
    const index = faults.findIndex(({ call }) => text.startsWith(call));
    if (index >= 0) throw faults.splice(index, 1)[0]!.fault;
  }

  const find = (volumeId: string): FakeVolume => {
    const volume = disks.get(volumeId);
    if (!volume) throw new WorldFault('VolumeNotFound', `Volume ${volumeId} does not exist.`);
    return volume;
  };

  const blocks: Blocks = {
    folder: (regionId) => `/nowhere/${regionId}`,
    async lease(regionId) {
      const id = `lease-${regionId}-${calls.length}`;
      await enter(`lease ${regionId}`);
      leases.add(id);
      return { id, regionId, [Symbol.asyncDispose]: async () => void leases.delete(id) };
    },
    commit: () => Promise.reject(new Error('jobs do not commit chunks')),
    writeMap: () => Promise.reject(new Error('jobs do not write maps')),
    async copy(from, { lease, signal, onProgress }) {
      onProgress?.({ doneBytes: from.sizeBytes / 2, totalBytes: from.sizeBytes });
      await enter(`copy ${from.regionId} ${lease.regionId}`, signal);
      const text = content(from.regionId, from.root);
      if (text === undefined) throw new WorldFault('ChunkMissing', 'a chunk is missing');
      const isNew = !store(lease.regionId).has(rootOf(text));
      put(lease.regionId, text);
      onProgress?.({ doneBytes: from.sizeBytes, totalBytes: from.sizeBytes });
      return {
        root: from.root,
        copiedBytes: isNew ? text.length : 0,
        copiedChunks: isNew ? 1 : 0,
        contentBytes: text.length,
      };
    },
    async collect(regionId, roots) {
      await enter(`collect ${regionId}`);
      const kept = new Set(await roots());
      const dead = [...store(regionId).keys()].filter((root) => !kept.has(root));
      for (const root of dead) store(regionId).delete(root);
      return { deletedChunks: dead.length, freedBytes: dead.length, keptChunks: store(regionId).size };
    },
    verify: () => Promise.resolve({ checkedChunks: 0, damaged: [] }),
    usage: () => Promise.resolve({ chunks: 0, storedBytes: 0, segmentBytes: 0 }),
    async [Symbol.asyncDispose]() {},
  };

  const volumes: Volumes = {
    async create({ volumeId, regionId, sizeBytes, baseRoot }) {
      await enter(`create ${volumeId}`);
      if (disks.has(volumeId)) return;
      const text = content(regionId, baseRoot);
      if (text === undefined) throw new WorldFault('ChunkMissing', 'a chunk is missing');
      disks.set(volumeId, { content: text, sizeBytes, isOpen: false, freezes: new Map(), incrementalTo: baseRoot });
    },
    async resize(volumeId, sizeBytes) {
      await enter(`resize ${volumeId}`);
      find(volumeId).sizeBytes = sizeBytes;
    },
    async remove(volumeId) {
      await enter(`remove ${volumeId}`);
      disks.delete(volumeId);
    },
    async ended() {},
    async open(volumeId) {
      await enter(`open ${volumeId}`);
      find(volumeId).isOpen = true;
      return { uri: `nbd+unix:///?socket=/nowhere/${volumeId}`, socketPath: `/nowhere/${volumeId}` };
    },
    async close(volumeId) {
      await enter(`close ${volumeId}`);
      find(volumeId).isOpen = false;
    },
    async freeze(volumeIds, freezeId) {
      await enter(`freeze ${volumeIds.join(',')}`);
      for (const volume of volumeIds.map(find)) {
        if (!volume.freezes.has(freezeId)) volume.freezes.set(freezeId, volume.content);
      }
    },
    async store(volumeId, freezeId, { lease, signal, onProgress }): Promise<StoredDisk> {
      const volume = find(volumeId);
      onProgress?.({ doneBytes: volume.sizeBytes / 2, totalBytes: volume.sizeBytes });
      await enter(`store ${volumeId}`, signal);
      const text = volume.freezes.get(freezeId);
      if (text === undefined) throw new WorldFault('FreezeLost', `Volume ${volumeId} no longer holds ${freezeId}.`);
      const root = put(lease.regionId, text);
      onProgress?.({ doneBytes: volume.sizeBytes, totalBytes: volume.sizeBytes });
      return { root, sizeBytes: volume.sizeBytes, storedBytes: text.length };
    },
    async thaw(volumeId, freezeId, committed) {
      await enter(`thaw ${volumeId} ${committed ? 'committed' : 'dropped'}`);
      const volume = disks.get(volumeId);
      if (!volume) return;
      volume.freezes.delete(freezeId);
      if (committed) volume.incrementalTo = committed.root;
    },
    openStored: () => Promise.reject(new Error('jobs do not serve')),
    async still(work) {
      await enter('still');
      return work();
    },
    usage: (volumeId) =>
      Promise.resolve({ allocatedBytes: find(volumeId).content.length, isOpen: find(volumeId).isOpen }),
    async [Symbol.asyncDispose]() {},
  };

  const fileOf = (path: string): string => {
    const text = files.get(path);
    if (text === undefined) throw new WorldFault('ImageFileInvalid', `${path} is no image.`);
    return text;
  };
  const transfers: Transfers = {
    identify: () => Promise.resolve('raw'),
    probe: ({ path }) => Promise.resolve({ sizeBytes: fileOf(path).length }),
    async importFile({ path }, { lease, signal, onProgress }) {
      onProgress?.({ doneBytes: 1, totalBytes: 2 });
      await enter(`import ${path}`, signal);
      const text = fileOf(path);
      const root = put(lease.regionId, text);
      onProgress?.({ doneBytes: 1, totalBytes: 1 });
      return { root, sizeBytes: text.length, storedBytes: text.length };
    },
    scratch() {
      throw new Error('nothing is pulled');
    },
    findData: ({ root, sizeBytes }) => Promise.resolve(root === null ? [] : [0, sizeBytes]),
    async exportFile({ regionId, root }, path, { signal }) {
      await enter(`export ${path}`, signal);
      const text = content(regionId, root);
      if (text === undefined) throw new WorldFault('ChunkMissing', 'a chunk is missing');
      files.set(path, text);
    },
    async *exportStream({ regionId, root }, { format, name }, { signal, onProgress }) {
      const text = content(regionId, root);
      if (text === undefined) throw new WorldFault('ChunkMissing', 'a chunk is missing');
      onProgress?.({ doneBytes: 1, totalBytes: 2 });
      yield Buffer.from(text);
      await enter(`stream ${name}.${format}`, signal);
    },
    async [Symbol.asyncDispose]() {},
  };

  return {
    blocks,
    volumes,
    transfers,
    calls,
    leases,
    stores,
    disks,
    files,
    content,
    failNext: (call, ...errors) => faults.push(...errors.map((fault) => ({ call, fault }))),
    hold(call) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const gate = { call, open: promise };
      gates.push(gate);
      return () => {
        gates.splice(gates.indexOf(gate), 1);
        resolve();
      };
    },
    called(call) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (calls.some((text) => text.startsWith(call))) resolve();
      else listeners.push({ call, resolve });
      return promise;
    },
    crash() {
      for (const volume of disks.values()) volume.freezes.clear();
    },
  };
}
