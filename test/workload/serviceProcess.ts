import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const root = new URL('../..', import.meta.url).pathname;
/** A service that is not ready, or does not die, after so long never will be. */
const START_TIMEOUT_MS = 60_000;

/** `bin/tongjing serve`: the real thing, in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  readonly endpoint: string;
  readonly isAlive: boolean;
  /** Resolves when it is gone, with how. */
  readonly ended: Promise<string>;
  /** kill -9, and it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and it is gone. */
  stop(): Promise<string>;
}

/** It died before it was ready. */
export class DiedAtStart extends Error {}

/** Starts the service on a data folder; `log` collects its standard error. Rejects with `DiedAtStart` when a signal ended it. */
export async function startProcess(options: {
  dataDir: string;
  logFile: string;
  /** For `test/crash/cut.ts`. */
  cut?: string;
  /** Default: any free one. */
  port?: number;
  /** More of its flags; the driver is `none` unless they say so. */
  flags?: readonly string[];
}): Promise<ServiceProcess> {
  mkdirSync(options.dataDir, { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(
    join(root, 'bin/tongjing'),
    [
      'serve',
      '--port',
      String(options.port ?? 0),
      '--data',
      options.dataDir,
      '--log-level',
      'warn',
      '--account-rate',
      '0',
      ...(options.flags ?? ['--driver', 'none']),
    ],
    {
      stdio: ['ignore', 'pipe', log],
      env: {
        ...process.env,
        [MARK]: options.dataDir,
        ...(options.cut && {
          TONGJING_TEST_CUT: options.cut,
          NODE_OPTIONS: `--import=${join(root, 'test/crash/cut.ts')}`,
        }),
      },
    },
  );
  closeSync(log);
  const output = child.stdout!;
  let isAlive = true;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  }).finally(() => (isAlive = false));

  const endpoint = await ready();
  return {
    pid: child.pid!,
    endpoint,
    get isAlive() {
      return isAlive;
    },
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
      const how = await ended;
      clearTimeout(late);
      return how;
    },
  };

  async function ready(): Promise<string> {
    const late = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    let found = '';
    for await (const line of createInterface({ input: output })) {
      found = /^Endpoint +(http:\S+)/.exec(line)?.[1] ?? found;
      if (line === 'Ready.') {
        clearTimeout(late);
        output.resume();
        return found;
      }
    }
    clearTimeout(late);
    const how = await ended;
    const text = `The service ended before it was ready (${how})`;
    if (how === 'SIGKILL') throw new DiedAtStart(text);
    throw new Error(`${text}: ${readFileSync(options.logFile, 'utf8').slice(-2000)}`);
  }
}

/** Whether the service is gone, or will be in a moment: a broken connection is seen before the end of the process. */
export async function isDying(process: ServiceProcess): Promise<boolean> {
  if (process.isAlive) await Promise.race([process.ended, delay(DYING_MS)]);
  return !process.isAlive;
}

const DYING_MS = 10_000;
const MARK = 'TONGJING_TEST_MARK';

/** Every living process that began under a service on `dataDir`: the service, its volumes, whatever else. */
export function processesOf(dataDir: string): { pid: number; commandLine: string }[] {
  const found: { pid: number; commandLine: string }[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has neither.
      if (!commandLine) continue;
      const isOfIt = environment.includes(`${MARK}=${dataDir}`) || commandLine.includes(dataDir);
      // A guest's QEMU has neither; it runs in a folder of its own there.
      if (isOfIt || readlinkSync(`/proc/${name}/cwd`).startsWith(`${dataDir}/`)) {
        found.push({ pid: Number(name), commandLine });
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return found.filter(({ pid }) => pid !== process.pid);
}

/** kill -9 to all that a test left, its detached volume processes first of all. */
export function killAll(dataDir: string): void {
  for (const { pid } of processesOf(dataDir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
