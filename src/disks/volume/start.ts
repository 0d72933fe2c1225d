import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { connectControl, type ControlClient } from './control.ts';
import type { ProcessSpec } from './process.ts';
import { openCompiledFolder } from './runFolder.ts';

/** Starts it, detached, so that it outlives this one; throws what it said when it could not begin. */
export async function startProcess(spec: ProcessSpec, runFolder: string): Promise<ControlClient> {
  const logFile = openLog(join(runFolder, 'volumes.log'));
  const child = spawnProcess([JSON.stringify(spec)], ['ignore', 'ignore', logFile, 'pipe']);
  closeSync(logFile);
  const ready = child.stdio[3] as Readable;
  let text = '';
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      ready.on('data', (bytes: Buffer) => (text += bytes.toString()));
      ready.once('close', () => resolve());
    });
  } catch (error) {
    throw systemFault(error, 'start the process of a volume');
  }
  const said =
    text === '' ? null : (JSON.parse(text) as { fault?: { code: string; message: string; retryable: boolean } });
  if (said?.fault) throw new WorldFault(said.fault.code, said.fault.message, said.fault);
  const client = said && (await connectControl(spec.controlPath));
  if (!client) throw died(runFolder);
  return client;
}

/** Compiles what processes run, in the background, when that has not been done before: the first attach is then as fast as any. */
export function warmUp(): void {
  const folder = openCompiledFolder();
  if (folder && readdirSync(folder).length === 0) spawnProcess([], 'ignore').on('error', () => {});
}

function spawnProcess(args: string[], stdio: StdioOptions): ChildProcess {
  const program = fileURLToPath(new URL('process.ts', import.meta.url));
  const compiled = openCompiledFolder();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    detached: true,
    stdio,
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), ...(compiled && { NODE_COMPILE_CACHE: compiled }) },
  });
  child.unref();
  return child;
}

function died(runFolder: string): WorldFault {
  return new WorldFault(
    'VolumeProcessDied',
    `The process of a volume ended at its start; see ${join(runFolder, 'volumes.log')}`,
    {
      retryable: true,
    },
  );
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw systemFault(error, `open ${path}`);
  }
}
