import { chmodSync, closeSync, existsSync, rmSync, writeSync } from 'node:fs';
import { runThread } from '../../base/threads.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Root } from '../../blocks/blocks.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { Offer } from '../nbd/handshake.ts';
import { transmissionFlags } from '../nbd/server.ts';
import { Errno, errnoOf } from '../nbd/wire.ts';
import { systemFault } from '../../base/systemFault.ts';
import { keyCheckOf } from './blockCipher.ts';
import { createClients, type Clients } from './clients.ts';
import { takeKey, type HandedKey, type StoreEvent } from './control.ts';
import { faultOf, serveControl, type ControlAnswers } from './controlServer.ts';
import { readIdentity, type VolumeIdentity } from './folder.ts';
import { openLive } from './live.ts';
import { Slot } from './shared.ts';
import type { UploadData } from './uploader.ts';

/**
 * The process of one open volume, or of one export of stored content. Started detached; found again by its control socket.
 * Its main thread listens, and owns state.db; threads of their own serve clients and store freezes.
 */
export interface ProcessSpec {
  /** A live volume's folder; null: stored content. */
  folder: string | null;
  storeFolder: string;
  /** The volume's base, or the stored content. */
  root: Root;
  /** Of stored content. */
  sizeBytes: number;
  controlPath: string;
  exportPath: string;
}

/** Where the starter hears that the process is ready, or why it never will be. */
const READY_FILE = 3;
/** How long stored content is served to nobody: while the service runs, and without it. */
const UNUSED_MS = 30 * 60_000;
const UNWANTED_MS = 60_000;
const LOOK_EVERY_MS = 5_000;
const MAX_STORED_CLIENTS = 64;
/** A client that reads a damaged chunk over and over does not fill the disk. */
const MAX_MESSAGES = 1000;

// With nothing to serve: everything is compiled now, and kept.
if (process.argv[2] === undefined) process.exit();
const spec = JSON.parse(process.argv[2]) as ProcessSpec;

let messages = 0;

type Where = Pick<ProcessSpec, 'controlPath' | 'exportPath'>;

// An orderly exit waits for the threads, and those wait for their clients.
process.on('exit', () => process.kill(process.pid, 'SIGKILL'));

try {
  if (spec.folder === null) await serveStored(spec);
  else await serveLive(spec.folder, spec);
  tellStarter({ ready: true });
} catch (error) {
  tellStarter({ fault: faultOf(error) });
  process.exit(1);
}

async function serveLive(folder: string, { root, storeFolder, controlPath, exportPath }: ProcessSpec): Promise<void> {
  const identity = readIdentity(folder);
  if (!identity) throw new WorldFault('VolumeMissing', `There is no volume in ${folder}`);
  const { volumeId } = identity;
  const volume = openLive(folder, root, identity.keyId !== null);
  const { shared } = volume;
  const { buffers } = shared;
  let servedKey: ContentKey | null = null;
  let isEnding = false;
  let thawed = Promise.withResolvers<void>();

  const listener = createListener(
    { controlPath, exportPath },
    createClients({
      offer: () => offer(shared.sizes[0]!, false),
      thread: () => ({
        storeFolder,
        root,
        live: { buffers, dataFile: volume.dataFile, volumeId },
        sizeBytes: 0,
        key: servedKey,
      }),
      most: 1,
      onAsk: ({ what, connectionId, answer }) => {
        Atomics.store(answer, 0, record(what, connectionId));
        Atomics.notify(answer, 0);
      },
      // Under the lock: whoever wrote until now has finished its last write.
      onWriter: (connectionId) => volume.locked(() => void (shared.slots[Slot.writer] = connectionId)),
      onCount: () => {},
      log,
    }),
  );

  /** 1, or the negative NBD error number. */
  function record(what: 'mark' | 'pages', connectionId: number): number {
    try {
      // One that was sent away has not made durable what its successor wrote.
      if (shared.slots[Slot.writer] !== connectionId) return -Errno.ESHUTDOWN;
      if (what === 'mark') volume.mark();
      else volume.writePages();
      return 1;
    } catch (error) {
      log(String(error));
      return -errnoOf(error);
    }
  }

  function endWhenUnwanted(): void {
    if (listener.isServing || volume.freezeId() !== null || (control.connections > 0 && !isEnding)) return;
    try {
      volume.close();
    } catch (error) {
      log(`not closed cleanly: ${String(error)}`);
    }
    leave({ controlPath, exportPath });
  }

  const answers: ControlAnswers = {
    status: () => ({
      pid: process.pid,
      isServing: listener.isServing,
      freezeId: volume.freezeId(),
      sizeBytes: shared.sizes[0]!,
      storedRoot: null,
    }),
    async serve({ key }) {
      servedKey = checkedKey(key, identity);
      isEnding = false;
      await listener.serve();
      return {};
    },
    end() {
      listener.stop();
      isEnding = true;
      // The answer goes first.
      setImmediate(endWhenUnwanted);
      return { isHeldOpen: volume.freezeId() !== null };
    },
    hold(_, { left }) {
      volume.hold();
      left.addEventListener('abort', volume.release, { once: true });
      return {};
    },
    release() {
      volume.release();
      return {};
    },
    async awaitThaw({ freezeId, timeoutMs }) {
      const late = AbortSignal.timeout(timeoutMs);
      const isLate = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve(), { once: true }));
      while (!late.aborted && volume.freezeId() !== null && volume.freezeId() !== freezeId)
        await Promise.race([thawed.promise, isLate]);
      return {};
    },
    freeze({ freezeId }) {
      volume.freeze(freezeId);
      return {};
    },
    async thaw({ freezeId, committed }) {
      await volume.thaw(freezeId, committed);
      thawed.resolve();
      thawed = Promise.withResolvers();
      if (isEnding) setImmediate(endWhenUnwanted);
      return {};
    },
    async store({ freezeId, storeFolder: folderNow, leaseId, chunks, key }, { signal, tell }) {
      const lost = () => new WorldFault('FreezeLost', `Freeze ${freezeId} is not held any more`);
      if (volume.freezeId() !== freezeId) throw lost();
      const data: UploadData = {
        buffers,
        dataFile: volume.dataFile,
        volumeId,
        key: checkedKey(key, identity),
        storeFolder: folderNow,
        root,
        incrementalRoot: volume.incrementalRoot(),
        leaseId,
        chunks,
      };
      await runThread<StoreEvent, null, null>(new URL('uploader.ts', import.meta.url), data, {
        answer(event) {
          tell(event);
          return null;
        },
        signal,
      });
      if (volume.freezeId() !== freezeId) throw lost();
      return { sizeBytes: shared.sizes[1]!, incrementalRoot: volume.incrementalRoot() };
    },
    resize({ sizeBytes }) {
      volume.resize(sizeBytes);
      return {};
    },
  };

  const control = await serveControl(controlPath, answers, endWhenUnwanted);
  process.on('SIGTERM', () => {
    isEnding = true;
    listener.stop();
    endWhenUnwanted();
  });
  // Removed from under it: nothing is left to keep.
  setInterval(() => {
    if (!existsSync(folder)) leave({ controlPath, exportPath });
  }, LOOK_EVERY_MS).unref();
}

async function serveStored({ root, storeFolder, sizeBytes, controlPath, exportPath }: ProcessSpec): Promise<void> {
  let wantedAt = performance.now();
  let servedKey: ContentKey | null = null;
  const clients = createClients({
    offer: () => offer(sizeBytes, true),
    thread: () => ({ storeFolder, root, live: null, sizeBytes, key: servedKey }),
    most: MAX_STORED_CLIENTS,
    onAsk: () => {},
    onWriter: () => {},
    onCount: () => void (wantedAt = performance.now()),
    log,
  });
  const where = { controlPath, exportPath };
  const listener = createListener(where, clients);
  const refuse = () => {
    throw new WorldFault('ReadOnly', 'stored content does not change');
  };
  const control = await serveControl(
    controlPath,
    {
      status: () => ({ pid: process.pid, isServing: listener.isServing, freezeId: null, sizeBytes, storedRoot: root }),
      async serve({ key }) {
        servedKey = takeKey(key);
        wantedAt = performance.now();
        await listener.serve();
        return {};
      },
      end() {
        setImmediate(() => leave(where));
        return { isHeldOpen: false };
      },
      hold: refuse,
      release: refuse,
      awaitThaw: refuse,
      freeze: refuse,
      thaw: refuse,
      store: refuse,
      resize: refuse,
    },
    () => {},
  );
  process.on('SIGTERM', () => leave(where));
  setInterval(() => {
    const idleMs = clients.count > 0 ? 0 : performance.now() - wantedAt;
    const isUnwanted = idleMs > (control.connections > 0 ? UNUSED_MS : UNWANTED_MS);
    if (isUnwanted || !existsSync(controlPath) || !existsSync(storeFolder)) leave(where);
  }, LOOK_EVERY_MS).unref();
}

/** The key of a volume; another would read it as noise. */
function checkedKey(handed: HandedKey | null, { volumeId, keyCheck }: VolumeIdentity): ContentKey | null {
  const key = takeKey(handed);
  if ((key && keyCheckOf(key, volumeId)) !== keyCheck)
    throw new WorldFault('KeyWrong', `Volume ${volumeId} is not encrypted under the key that it was given`);
  return key;
}

interface Listener {
  readonly isServing: boolean;
  serve(): Promise<void>;
  stop(): void;
}

function createListener({ exportPath }: Where, clients: Clients): Listener {
  let serving: Promise<void> | null = null;
  async function listen(): Promise<void> {
    rmSync(exportPath, { force: true });
    await clients.listen(exportPath);
    chmodSync(exportPath, 0o600);
  }
  return {
    get isServing() {
      return serving !== null;
    },
    async serve() {
      serving ??= listen();
      try {
        await serving;
      } catch (error) {
        serving = null;
        throw systemFault(error, `listen on ${exportPath}`);
      }
    },
    stop() {
      if (!serving) return;
      serving = null;
      clients.stop();
      rmSync(exportPath, { force: true });
    },
  };
}

function offer(sizeBytes: number, isStored: boolean): Offer {
  return { sizeBytes, flags: transmissionFlags({ isReadOnly: isStored, manyClients: isStored }) };
}

/** All that matters is on disk. */
function leave({ controlPath, exportPath }: Where): void {
  rmSync(exportPath, { force: true });
  rmSync(controlPath, { force: true });
  process.exit();
}

function log(message: string): void {
  messages++;
  if (messages > MAX_MESSAGES) return;
  try {
    writeSync(2, `${new Date().toISOString()} ${message}\n`);
  } catch {
    // The disk may be full, of all times when there is something to say.
  }
}

function tellStarter(message: object): void {
  try {
    writeSync(READY_FILE, `${JSON.stringify(message)}\n`);
    closeSync(READY_FILE);
  } catch {
    // The starter is gone; the process serves whoever finds it.
  }
}
