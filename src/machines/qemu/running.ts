import { setTimeout as delay } from 'node:timers/promises';
import { WorldFault } from '../../base/worldFault.ts';
import type { Log } from '../../base/log.ts';
import type { MachineSpec } from '../machines.ts';
import { files } from './command.ts';
import type { MachineFolder } from './machineFolder.ts';
import { isAlive, kill, type ProcessIdentity } from './processOf.ts';
import type { Qmp, QmpEvent } from './qmp.ts';

/** One QEMU that runs, as the service holds it. */
export interface Running {
  spec: MachineSpec;
  readonly folder: MachineFolder;
  readonly process: ProcessIdentity;
  readonly qmp: Qmp;
  /** The guest has shut down; QEMU waits to be ended. */
  readonly shutDown: Promise<void>;
  /** Its process is gone, and nothing of it is left. `isClean`: the guest shut down, or the service ended it. */
  readonly gone: Promise<{ isClean: boolean }>;
  /** Resolves when the guest has let go of the device. */
  released(device: string): Promise<void>;
  /** Asks the guest to shut down. */
  powerDown(): Promise<void>;
  /** Ends QEMU, whatever its guest does. */
  end(): Promise<void>;
  /** Lets go of it: it goes on by itself. */
  leave(): void;
}

const QUIT_MS = 10_000;
const LOOK_MS = 20;
/** A guest that its disk had no room for goes on when there is some again. */
const RESUME_MS = 5_000;
/** What a guest writes to its serial line may not fill the disk. */
const MOST_LOG_BYTES = 2 * 1024 * 1024;
const WATCH_LOG_MS = 10_000;

interface Part {
  spec: MachineSpec;
  folder: MachineFolder;
  log: Log;
}

/** What `connect` answers hears of events by the function it is handed. */
export async function hold(
  part: Part,
  connect: (onEvent: (event: QmpEvent) => void) => Promise<Pick<Running, 'qmp' | 'process'> | null>,
): Promise<Running | null> {
  const { folder, log } = part;
  const { instanceId } = part.spec;
  const shutDown = Promise.withResolvers<void>();
  const leaving = new Map<string, PromiseWithResolvers<void>>();
  let isEnding = false;
  let isLeft = false;
  let hasShutDown = false;

  const connected = await connect(hear);
  if (!connected) return null;
  const { qmp, process } = connected;

  function hear({ event, data }: QmpEvent): void {
    if (event === 'SHUTDOWN') {
      hasShutDown = true;
      shutDown.resolve();
      if (!isEnding) end().catch((error: unknown) => log.error({ err: error, instanceId }, 'a machine did not end'));
    } else if (event === 'DEVICE_DELETED' && typeof data?.['device'] === 'string') {
      leaving.get(data['device'])?.resolve();
    } else if (event === 'BLOCK_IO_ERROR') {
      const what = data?.['nospace'] === true ? 'a guest waits for room on the disk' : 'a disk of a machine failed';
      log.warn({ instanceId, ...data }, what);
      if (data?.['action'] === 'stop') setTimeout(resume, RESUME_MS).unref();
    } else if (event === 'STOP') {
      lookWhyStopped().catch(() => {});
    }
  }

  const resume = () => void qmp.execute('cont').catch(() => {});

  async function lookWhyStopped(): Promise<void> {
    const { status } = await qmp.execute<{ status: string }>('query-status');
    if (status !== 'internal-error') return;
    log.error({ instanceId }, 'QEMU gave up on a machine');
    kill(process);
  }

  async function end(): Promise<void> {
    isEnding = true;
    qmp.execute('quit').catch(() => {});
    // A disk that is away may hold it up.
    await Promise.race([gone, delay(QUIT_MS, undefined, { ref: false })]);
    kill(process);
    await gone;
  }

  const watch = setInterval(() => folder.cut(files.serial, MOST_LOG_BYTES), WATCH_LOG_MS).unref();

  async function watchEnd(): Promise<{ isClean: boolean }> {
    await qmp.ended;
    clearInterval(watch);
    if (isLeft) return new Promise(() => {});
    while (isAlive(process)) {
      // Without its control connection it is of no use.
      kill(process);
      await delay(LOOK_MS);
    }
    shutDown.resolve();
    for (const { resolve } of leaving.values()) resolve();
    return { isClean: hasShutDown || isEnding };
  }
  const gone = watchEnd();

  return {
    ...part,
    process,
    qmp,
    shutDown: shutDown.promise,
    gone,
    async released(device) {
      const left = Promise.withResolvers<void>();
      leaving.set(device, left);
      await left.promise;
      leaving.delete(device);
    },
    async powerDown() {
      try {
        await qmp.execute('system_powerdown');
      } catch (error) {
        if (!(error instanceof WorldFault)) throw error;
      }
    },
    end,
    leave() {
      isLeft = true;
      qmp.close();
    },
  };
}
