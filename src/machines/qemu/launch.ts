import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { files } from './command.ts';
import type { MachineFolder } from './machineFolder.ts';
import { identify, type ProcessIdentity } from './processOf.ts';
import { connectQmp, type Qmp, type QmpEvent } from './qmp.ts';

const START_MS = 60_000;
const LOOK_MS = 20;

/** Starts QEMU in its folder, detached, so that it outlives this process, and connects to it. Throws MachineFailed with what it said. */
export async function launchQemu(
  program: string,
  args: readonly string[],
  folder: MachineFolder,
  onEvent: (event: QmpEvent) => void,
): Promise<{ qmp: Qmp; process: ProcessIdentity }> {
  const log = openSync(folder.log, 'w', 0o600);
  const child = spawn(program, args, {
    cwd: folder.path,
    detached: true,
    stdio: ['ignore', log, log],
    // Neither settings of the user's nor a display of theirs.
    env: { PATH: process.env['PATH'], TMPDIR: folder.path, HOME: folder.path },
  });
  closeSync(log);
  child.unref();
  const ending: { why: string | null } = { why: null };
  child.once('error', (error) => (ending.why = systemFault(error, `start ${program}`).message));
  child.once(
    'exit',
    (status, signal) => (ending.why ??= signal ? `it was ended by ${signal}` : `it ended with ${status}`),
  );
  const identity = child.pid === undefined ? null : identify(child.pid);
  const late = AbortSignal.timeout(START_MS);
  while (ending.why === null && !late.aborted) {
    const qmp = await connectQmp(folder.file(files.qmp), onEvent);
    if (qmp && identity) return { qmp, process: identity };
    await delay(LOOK_MS);
  }
  child.kill('SIGKILL');
  throw new WorldFault('MachineFailed', `QEMU did not start: ${lastWords(folder) ?? ending.why ?? 'it says nothing'}`);
}

/** The last line of QEMU's own log. */
export function lastWords(folder: MachineFolder): string | null {
  try {
    return readFileSync(folder.log, 'utf8').trim().split('\n').at(-1) || null;
  } catch {
    return null;
  }
}
