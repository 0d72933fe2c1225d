import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Blocks, ChunkRef, Root, TransferOptions } from '../blocks/blocks.ts';
import type { StoredDisk } from './transfers.ts';
import { connectControl, type ControlClient, type Verb, type Verbs } from './volume/control.ts';
import { createVolumeFolder, dataPath, readIdentity, removeVolumeFolder } from './volume/folder.ts';
import type { ProcessSpec } from './volume/process.ts';
import { openRunFolder, socketPaths } from './volume/runFolder.ts';
import { startProcess } from './volume/start.ts';
import type { Export, Volumes } from './volumes.ts';

export interface VolumesParts {
  dataFolder: string;
  blocks: Pick<Blocks, 'folder' | 'commit' | 'writeMap'>;
  log: Log;
}

/** A freeze waits this long for the one before it to be thawed, which follows its snapshot's record at once. */
const THAW_WAIT_MS = 20_000;

/** Live disks under `<dataFolder>/volumes`, each open one served by a process that this starts, or finds running. */
export async function openVolumes({ dataFolder, blocks, log }: VolumesParts): Promise<Volumes> {
  const volumesFolder = join(dataFolder, 'volumes');
  mkdirSync(volumesFolder, { recursive: true, mode: 0o700 });
  const runFolder = openRunFolder(dataFolder);
  sweep(volumesFolder);

  /** The connections that control processes, by their sockets' paths. */
  const processes = new Map<string, ControlClient>();
  const starting = new Map<string, Promise<ControlClient>>();
  const turns = createTurns();
  const folderOf = (volumeId: string) => {
    assert(/^[0-9A-Za-z_-]+$/.test(volumeId), `volume id ${volumeId}`);
    return join(volumesFolder, volumeId);
  };

  function liveSpec(volumeId: string): ProcessSpec {
    const identity = readIdentity(folderOf(volumeId));
    if (!identity) throw new WorldFault('VolumeMissing', `There is no volume ${volumeId}`);
    const { regionId, baseRoot: root } = identity;
    const storeFolder = blocks.folder(regionId);
    return { folder: folderOf(volumeId), storeFolder, root, sizeBytes: 0, ...socketPaths(runFolder, volumeId) };
  }

  function remember(controlPath: string, client: ControlClient): ControlClient {
    processes.set(controlPath, client);
    client.ended.finally(() => processes.get(controlPath) === client && processes.delete(controlPath)).catch(() => {});
    return client;
  }

  async function find(id: string): Promise<ControlClient | null> {
    const { controlPath } = socketPaths(runFolder, id);
    const known = processes.get(controlPath);
    if (known) return known;
    const found = await connectControl(controlPath);
    return found && remember(controlPath, found);
  }

  async function reach(id: string, spec: () => ProcessSpec): Promise<ControlClient> {
    const found = await find(id);
    if (found) return found;
    const asked = spec();
    let start = starting.get(asked.controlPath);
    if (!start) {
      start = startProcess(asked, runFolder).then((client) => remember(asked.controlPath, client));
      starting.set(asked.controlPath, start);
      const over = () => void starting.delete(asked.controlPath);
      start.then(over, over);
    }
    return start;
  }

  /** The process of `id` with its answer. One that died a moment ago may not be known as dead yet, so its successor is asked. */
  async function ask<V extends Verb>(
    id: string,
    spec: () => ProcessSpec,
    verb: V,
    question: Verbs[V]['ask'],
  ): Promise<{ client: ControlClient; answer: Verbs[V]['answer'] }> {
    for (let attempt = 0; ; attempt++) {
      const client = await reach(id, spec);
      try {
        return { client, answer: await client.request(verb, question) };
      } catch (error) {
        if (attempt > 0 || !isDeath(error)) throw error;
        await client.ended;
      }
    }
  }

  const askVolume = <V extends Verb>(volumeId: string, verb: V, question: Verbs[V]['ask']) =>
    ask(volumeId, () => liveSpec(volumeId), verb, question);

  /** Ends a process that nothing needs. */
  async function letGo(volumeId: string): Promise<void> {
    const client = await find(volumeId);
    if (!client) return;
    const { isServing, freezeId } = await client.request('status', {});
    if (!isServing && freezeId === null) await end(client);
  }

  async function end(client: ControlClient): Promise<void> {
    let isHeldOpen = false;
    try {
      ({ isHeldOpen } = await client.request('end', {}));
    } catch (error) {
      // Its answer may be lost with it.
      if (!isDeath(error)) throw error;
    }
    if (!isHeldOpen) await client.ended;
  }

  function exportOf(id: string): Export {
    const { exportPath } = socketPaths(runFolder, id);
    return {
      socketPath: exportPath,
      uri: `nbd+unix:///?socket=${encodeURIComponent(exportPath).replaceAll('%2F', '/')}`,
    };
  }

  async function store(volumeId: string, freezeId: string, options: TransferOptions): Promise<StoredDisk> {
    const { lease, onProgress, signal } = options;
    const { regionId, storeFolder } = { regionId: readIdentity(folderOf(volumeId))?.regionId, ...liveSpec(volumeId) };
    assert(lease.regionId === regionId, `a lease of ${lease.regionId} for a volume of ${regionId}`);
    const client = await find(volumeId);
    if (!client) throw freezeLost(volumeId, freezeId);

    const changes = new Map<number, string | null>();
    let storedBytes = 0;
    /** Stores `chunks` (null: all) and answers those that have to be stored again. */
    async function pass(
      chunks: number[] | null,
    ): Promise<{ again: number[]; sizeBytes: number; incrementalRoot: Root }> {
      const again: number[] = [];
      let committing = Promise.resolve();
      const commit = async (refs: ChunkRef[]) => {
        for (const ref of refs) {
          changes.set(ref.index, ref.hash);
          storedBytes += ref.stored?.length ?? 0;
        }
        again.push(...(await blocks.commit(lease, refs)));
      };
      const result = await client!.request(
        'store',
        { freezeId, storeFolder, leaseId: lease.id, chunks },
        {
          signal,
          onEvent({ refs, doneBytes, totalBytes }) {
            if (refs.length > 0) {
              committing = committing.then(() => commit(refs));
              committing.catch(() => {});
            }
            if (chunks === null) onProgress?.({ doneBytes, totalBytes });
          },
        },
      );
      await committing;
      return { again, ...result };
    }

    try {
      let passed = await pass(null);
      while (passed.again.length > 0) passed = await pass(passed.again);
      const { sizeBytes, incrementalRoot } = passed;
      const root = await blocks.writeMap(lease, incrementalRoot, changes, sizeBytes);
      return { root, sizeBytes, storedBytes };
    } catch (error) {
      throw isDeath(error) ? freezeLost(volumeId, freezeId) : error;
    }
  }

  async function freeze(volumeIds: readonly string[], freezeId: string): Promise<void> {
    const wait = { freezeId, timeoutMs: THAW_WAIT_MS };
    const asked = await Promise.all([...new Set(volumeIds)].map((id) => askVolume(id, 'awaitThaw', wait)));
    const clients = asked.map(({ client }) => client);
    const held: ControlClient[] = [];
    const frozen: ControlClient[] = [];
    try {
      // All stand still before the first is frozen: what a guest wrote to one after another is in both or in neither.
      for (const client of clients) {
        await client.request('hold', {});
        held.push(client);
      }
      for (const client of clients) {
        await client.request('freeze', { freezeId });
        frozen.push(client);
      }
    } catch (error) {
      await Promise.allSettled(frozen.map((client) => client.request('thaw', { freezeId, committed: null })));
      for (const volumeId of volumeIds) turns.take([volumeId], () => letGo(volumeId)).catch(() => {});
      throw error;
    } finally {
      await Promise.allSettled(held.map((client) => client.request('release', {})));
    }
  }

  // What a service that crashed left running.
  for (const name of readdirSync(runFolder)) {
    if (!name.endsWith('.control')) continue;
    const controlPath = join(runFolder, name);
    const found = await connectControl(controlPath);
    if (found) {
      remember(controlPath, found);
      continue;
    }
    // What is looked for goes last: a crash in between leaves it to be found again.
    for (const path of [controlPath.replace(/control$/, 'nbd'), controlPath]) rmSync(path, { force: true });
  }

  return {
    create: (spec) =>
      turns.take([spec.volumeId], async () => {
        if (readIdentity(folderOf(spec.volumeId))) return;
        assert(spec.sizeBytes > 0 && spec.sizeBytes % 512 === 0, `a volume of ${spec.sizeBytes} bytes`);
        createVolumeFolder(folderOf(spec.volumeId), spec);
      }),
    resize: (volumeId, sizeBytes) =>
      turns.take([volumeId], async () => {
        await askVolume(volumeId, 'resize', { sizeBytes });
        await letGo(volumeId);
      }),
    remove: (volumeId) =>
      turns.take([volumeId], async () => {
        const client = await find(volumeId);
        if (client) {
          // A freeze of a volume that is to be removed holds nothing that is still wanted.
          const { freezeId } = await client.request('status', {});
          if (freezeId !== null) await client.request('thaw', { freezeId, committed: null });
          await end(client);
        }
        removeVolumeFolder(folderOf(volumeId));
      }),
    open: (volumeId) =>
      turns.take([volumeId], async () => {
        await askVolume(volumeId, 'serve', {});
        log.info({ volumeId }, 'volume opened');
        return exportOf(volumeId);
      }),
    close: (volumeId) =>
      turns.take([volumeId], async () => {
        const client = await find(volumeId);
        if (!client) return;
        await end(client);
        log.info({ volumeId }, 'volume closed');
      }),
    freeze: (volumeIds, freezeId) => turns.take(volumeIds, () => freeze(volumeIds, freezeId)),
    store,
    thaw: async (volumeId, freezeId, committed) => {
      if (!readIdentity(folderOf(volumeId))) return;
      // A process that died has nothing to give up; one that is started anew must hear what was committed.
      if (committed || (await find(volumeId))) await askVolume(volumeId, 'thaw', { freezeId, committed });
      // Not awaited: a freeze that has its turn may be waiting for this very thaw.
      turns
        .take([volumeId], () => letGo(volumeId))
        .catch((error: unknown) => log.warn({ volumeId, error }, 'not let go'));
    },
    openStored: ({ exportId, regionId, root, sizeBytes }) =>
      turns.take([exportId], async () => {
        const storeFolder = blocks.folder(regionId);
        const spec = { folder: null, storeFolder, root, sizeBytes, ...socketPaths(runFolder, exportId) };
        const { client, answer: present } = await ask(exportId, () => spec, 'status', {});
        if (present.storedRoot !== root || present.sizeBytes !== sizeBytes) await end(client);
        await ask(exportId, () => spec, 'serve', {});
        return exportOf(exportId);
      }),
    async usage(volumeId) {
      const folder = folderOf(volumeId);
      if (!readIdentity(folder)) throw new WorldFault('VolumeMissing', `There is no volume ${volumeId}`);
      const client = await find(volumeId);
      const isOpen = client ? (await client.request('status', {})).isServing : false;
      return { allocatedBytes: statSync(dataPath(folder)).blocks * 512, isOpen };
    },
    async [Symbol.asyncDispose]() {
      // A process whose freeze is still to be stored stays for the next start to find.
      await Promise.allSettled([...processes.values()].map(end));
      for (const client of processes.values()) client.close();
    },
  };
}

const isDeath = (error: unknown) => error instanceof WorldFault && error.code === 'VolumeProcessDied';

function freezeLost(volumeId: string, freezeId: string): WorldFault {
  return new WorldFault('FreezeLost', `The process of volume ${volumeId} ended while it held freeze ${freezeId}`);
}

/** What a crash left of volumes that were being made or removed. */
function sweep(volumesFolder: string): void {
  if (!existsSync(volumesFolder)) return;
  for (const name of readdirSync(volumesFolder))
    if (name.startsWith('.')) rmSync(join(volumesFolder, name), { recursive: true, force: true });
}

interface Turns {
  /** Runs `work` once nothing else works on any of `names`. */
  take<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
}

function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(names, work) {
      const before = names.map((name) => last.get(name));
      const { promise: over, resolve: finish } = Promise.withResolvers<void>();
      for (const name of names) last.set(name, over);
      try {
        await Promise.all(before);
        return await work();
      } finally {
        for (const name of names) if (last.get(name) === over) last.delete(name);
        finish();
      }
    },
  };
}
