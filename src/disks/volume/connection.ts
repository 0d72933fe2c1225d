import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import type { Root } from '../../blocks/blocks.ts';
import type { Device } from '../nbd/device.ts';
import type { Agreement } from '../nbd/handshake.ts';
import { createTransmissionBuffers, serveTransmission } from '../nbd/server.ts';
import { DeviceFault } from '../nbd/wire.ts';
import type { ContentKey } from '../../keys/keys.ts';
import { openBase, type Base } from './base.ts';
import { createBlockCipher } from './blockCipher.ts';
import { createBlockFile } from './blockFile.ts';
import { createOverlay } from './overlay.ts';
import { Slot, attachShared, type SharedBuffers } from './shared.ts';
import { createStoredDevice } from './stored.ts';

/** A thread that serves NBD connections, one after the other, with blocking calls. */
export interface ConnectionThreadData {
  storeFolder: string;
  root: Root;
  /** A live volume; else stored content of `sizeBytes`. */
  live: { buffers: SharedBuffers; dataFile: number; volumeId: string } | null;
  sizeBytes: number;
  /** What the content is encrypted under; null: nothing. */
  key: ContentKey | null;
}

export interface ConnectionOrder {
  connectionId: number;
  fd: number;
  agreement: Agreement;
  rest: Uint8Array;
}

/** What a thread needs recorded, and where it waits for the answer: 1, or the negative NBD error number. */
export interface Ask {
  what: 'mark' | 'pages';
  connectionId: number;
  answer: Int32Array;
}

export type FromConnection = 'done' | { fault: string } | Ask;

assert(parentPort, 'connection.ts is a thread of a volume process');
const main = parentPort;
const data = workerData as ConnectionThreadData;
const buffers = createTransmissionBuffers();
const shared = data.live && attachShared(data.live.buffers);
const base = lazyBase(() => openBase(data.storeFolder, data.root, data.key), data.root);
const cipher = data.live && data.key && createBlockCipher(data.key, data.live.volumeId);

main.on('message', (order: ConnectionOrder) => {
  serveTransmission(
    {
      fd: order.fd,
      agreement: order.agreement,
      rest: order.rest,
      device: deviceFor(order.connectionId),
      mayGoOn: () => !shared || shared.slots[Slot.writer] === order.connectionId,
      onFault: (fault, what) => tell({ fault: `${what}: ${String(fault)}` }),
    },
    buffers,
  );
  tell('done');
});

function tell(message: FromConnection): void {
  main.postMessage(message);
}

function deviceFor(connectionId: number): Device {
  if (!shared) return createStoredDevice(base, data.sizeBytes);
  const answer = new Int32Array(new SharedArrayBuffer(4));
  /** The main thread answers in shared memory: this one is blocked, and gets no messages. */
  const ask = (what: Ask['what']) => {
    Atomics.store(answer, 0, 0);
    tell({ what, connectionId, answer });
    Atomics.wait(answer, 0, 0);
    if (answer[0]! < 0) throw new DeviceFault(-answer[0]!, `the volume's state could not be written (${what})`);
  };
  const { dataFile } = data.live!;
  const blocks = createBlockFile(dataFile, cipher);
  return createOverlay({ shared, dataFile, blocks, base, writerId: connectionId, ask });
}

/** Opened at the first read that needs it: attaching does not wait for it, and most guests boot from their own blocks. */
function lazyBase(open: () => Base, root: Root): Base {
  let opened: Base | null = null;
  const use = () => (opened ??= open());
  return {
    isEmpty: root === null,
    read: (offset, length, into, at) => use().read(offset, length, into, at),
    nextData: (offset) => (root === null ? Infinity : use().nextData(offset)),
    close: () => opened?.close(),
  };
}
