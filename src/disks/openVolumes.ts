import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Blocks, TransferOptions } from '../blocks/blocks.ts';
import type { Keys } from '../keys/keys.ts';
import type { StoredDisk } from './transfers.ts';
import { handKey, type ControlClient, type Verb, type Verbs } from './volume/control.ts';
import {
  createVolumeFolder,
  dataPath,
  readIdentity,
  removeVolumeFolder,
  type VolumeIdentity,
} from './volume/folder.ts';
import type { ProcessSpec } from './volume/process.ts';
import { isDeath, openProcesses } from './volume/processes.ts';
import { closeRunFolder, openRunFolder, socketPaths } from './volume/runFolder.ts';
import { warmUp } from './volume/start.ts';
import { freezeLost, storeFrozen } from './volume/storeFrozen.ts';
import { createTurns } from './volume/turns.ts';
import type { Export, Volumes } from './volumes.ts';

export interface VolumesParts {
  dataFolder: string;
  blocks: Pick<Blocks, 'folder' | 'commit' | 'writeMap'>;
  keys: Keys;
  log: Log;
}

/** A freeze waits this long for the one before it to be thawed, which follows its snapshot's record at once. */
const THAW_WAIT_MS = 20_000;

/** Live disks under `<dataFolder>/volumes`, each open one served by a process that this starts, or finds running. */
export async function openVolumes({ dataFolder, blocks, keys, log }: VolumesParts): Promise<Volumes> {
  const volumesFolder = join(dataFolder, 'volumes');
  mkdirSync(volumesFolder, { recursive: true, mode: 0o700 });
  const runFolder = openRunFolder(dataFolder);
  sweep(volumesFolder);
  warmUp();

  const processes = await openProcesses(runFolder);
  const turns = createTurns();
  /** Volumes that machines have open. */
  const outliving = new Set<string>();
  const folderOf = (volumeId: string) => {
    assert(/^[0-9A-Za-z_-]+$/.test(volumeId), `volume id ${volumeId}`);
    return join(volumesFolder, volumeId);
  };

  function identityOf(volumeId: string): VolumeIdentity {
    const identity = readIdentity(folderOf(volumeId));
    if (!identity) throw new WorldFault('VolumeMissing', `There is no volume ${volumeId}`);
    return identity;
  }

  const openKey = async (keyId: string | null) => (keyId === null ? null : keys.open(keyId));

  function liveSpec(volumeId: string): ProcessSpec {
    const { regionId, baseRoot: root } = identityOf(volumeId);
    const storeFolder = blocks.folder(regionId);
    return { folder: folderOf(volumeId), storeFolder, root, sizeBytes: 0, ...socketPaths(runFolder, volumeId) };
  }

  const askVolume = <V extends Verb>(volumeId: string, verb: V, question: Verbs[V]['ask']) =>
    processes.ask(volumeId, () => liveSpec(volumeId), verb, question);

  /** Ends a process that nothing needs. */
  async function letGo(volumeId: string): Promise<void> {
    const client = await processes.find(volumeId);
    if (!client) return;
    const { isServing, freezeId } = await client.request('status', {});
    if (!isServing && freezeId === null) await processes.end(client);
  }

  function exportOf(id: string): Export {
    const { exportPath } = socketPaths(runFolder, id);
    return {
      socketPath: exportPath,
      uri: `nbd+unix:///?socket=${encodeURIComponent(exportPath).replaceAll('%2F', '/')}`,
    };
  }

  async function store(volumeId: string, freezeId: string, options: TransferOptions): Promise<StoredDisk> {
    const { storeFolder } = liveSpec(volumeId);
    const { regionId } = options.lease;
    assert(blocks.folder(regionId) === storeFolder, `a lease of ${regionId} for a volume of another region`);
    const client = await processes.find(volumeId);
    if (!client) throw freezeLost(freezeId);
    const key = await openKey(identityOf(volumeId).keyId);
    return storeFrozen(client, { freezeId, storeFolder, key, blocks, options });
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

  async function still<T>(volumeIds: readonly string[], work: () => Promise<T>): Promise<T> {
    const held: ControlClient[] = [];
    try {
      for (const volumeId of volumeIds) {
        const client = await processes.find(volumeId);
        if (client && (await holds(client))) held.push(client);
      }
      return await work();
    } finally {
      await Promise.allSettled(held.map((client) => client.request('release', {})));
    }
  }

  return {
    create: (spec) =>
      turns.take([spec.volumeId], async () => {
        if (readIdentity(folderOf(spec.volumeId))) return;
        assert(spec.sizeBytes > 0 && spec.sizeBytes % 512 === 0, `a volume of ${spec.sizeBytes} bytes`);
        createVolumeFolder(folderOf(spec.volumeId), spec, await openKey(spec.keyId));
      }),
    resize: (volumeId, sizeBytes) =>
      turns.take([volumeId], async () => {
        await askVolume(volumeId, 'resize', { sizeBytes });
        await letGo(volumeId);
      }),
    remove: (volumeId) =>
      turns.take([volumeId], async () => {
        outliving.delete(volumeId);
        const client = await processes.find(volumeId);
        if (client) {
          // A freeze of a volume that is to be removed holds nothing that is still wanted.
          const { freezeId } = await client.request('status', {});
          if (freezeId !== null) await client.request('thaw', { freezeId, committed: null });
          await processes.end(client);
        }
        processes.clear(volumeId);
        removeVolumeFolder(folderOf(volumeId));
      }),
    open: (volumeId, { outlives } = { outlives: false }) =>
      turns.take([volumeId], async () => {
        const key = await openKey(identityOf(volumeId).keyId);
        await askVolume(volumeId, 'serve', { key: handKey(key) });
        if (outlives) outliving.add(volumeId);
        log.info({ volumeId }, 'volume opened');
        return exportOf(volumeId);
      }),
    async ended(volumeId) {
      await (
        await processes.find(volumeId)
      )?.ended;
    },
    close: (volumeId) =>
      turns.take([volumeId], async () => {
        outliving.delete(volumeId);
        const client = await processes.find(volumeId);
        if (!client) return;
        await processes.end(client);
        log.info({ volumeId }, 'volume closed');
      }),
    freeze: (volumeIds, freezeId) => turns.take(volumeIds, () => freeze(volumeIds, freezeId)),
    store,
    thaw: async (volumeId, freezeId, committed) => {
      if (!readIdentity(folderOf(volumeId))) return;
      // A process that died has nothing to give up; one that is started anew must hear what was committed.
      if (committed || (await processes.find(volumeId))) await askVolume(volumeId, 'thaw', { freezeId, committed });
      // Not awaited: a freeze that has its turn may be waiting for this very thaw.
      turns
        .take([volumeId], () => letGo(volumeId))
        .catch((error: unknown) => log.warn({ volumeId, error }, 'not let go'));
    },
    openStored: ({ exportId, regionId, root, sizeBytes, keyId }) =>
      turns.take([exportId], async () => {
        const key = await openKey(keyId);
        const storeFolder = blocks.folder(regionId);
        const spec = { folder: null, storeFolder, root, sizeBytes, ...socketPaths(runFolder, exportId) };
        const { client, answer: present } = await processes.ask(exportId, () => spec, 'status', {});
        if (present.storedRoot !== root || present.sizeBytes !== sizeBytes) await processes.end(client);
        await processes.ask(exportId, () => spec, 'serve', { key: handKey(key) });
        return exportOf(exportId);
      }),
    still: (work) => {
      const volumeIds = readdirSync(volumesFolder).filter((name) => !name.startsWith('.'));
      return turns.take(volumeIds, () => still(volumeIds, work));
    },
    async usage(volumeId) {
      const folder = folderOf(volumeId);
      if (!readIdentity(folder)) throw new WorldFault('VolumeMissing', `There is no volume ${volumeId}`);
      const client = await processes.find(volumeId);
      const isOpen = client ? (await client.request('status', {})).isServing : false;
      return { allocatedBytes: statSync(dataPath(folder)).blocks * 512, isOpen };
    },
    async [Symbol.asyncDispose]() {
      // A process whose freeze is still to be stored, or that a machine has open, stays for the next start to find.
      await processes.close(outliving);
      closeRunFolder(runFolder, dataFolder);
    },
  };
}

/** False: its process died, and nobody writes any more. */
async function holds(client: ControlClient): Promise<boolean> {
  try {
    await client.request('hold', {});
    return true;
  } catch (error) {
    if (isDeath(error)) return false;
    throw error;
  }
}

/** What a crash left of volumes that were being made or removed. */
function sweep(volumesFolder: string): void {
  if (!existsSync(volumesFolder)) return;
  for (const name of readdirSync(volumesFolder))
    if (name.startsWith('.')) rmSync(join(volumesFolder, name), { recursive: true, force: true });
}
