import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { WorldFault } from '../base/worldFault.ts';

/** What a program that reads a stranger's file may use. */
export interface Limits {
  /** Address space. */
  memoryBytes: number;
  cpuSeconds: number;
  /** Length of any file that it writes. */
  fileBytes: number;
}

const OPEN_FILES = 64;
/** Of each thread: with the usual 8 MiB, those that qemu-img starts for a busy disk alone would pass the limit of the address space. */
const STACK_BYTES = 2 * 1024 * 1024;

/**
 * The command that runs a program under limits (prlimit) and, where the system lets us, without a network (a namespace of its own).
 * Arguments are never seen by a shell.
 */
export function limited(program: string, argv: readonly string[], limits: Limits): [string, string[]] {
  const { memoryBytes, cpuSeconds, fileBytes } = limits;
  return [
    'prlimit',
    [
      `--as=${memoryBytes}`,
      `--cpu=${cpuSeconds}`,
      `--fsize=${fileBytes}`,
      `--nofile=${OPEN_FILES}`,
      `--stack=${STACK_BYTES}`,
      '--core=0',
      '--',
      ...offline(),
      program,
      ...argv,
    ],
  ];
}

function offline(): string[] {
  return (prefix ??= findOffline());
}

/** Found once: trying blocks the whole process. */
let prefix: string[] | undefined;

/** Root makes a network namespace at once, others need a user namespace for it, which not every system allows. */
function findOffline(): string[] {
  const ways = [
    ['unshare', '--net', '--'],
    ['unshare', '--user', '--map-current-user', '--net', '--'],
  ];
  const works = ([program, ...argv]: string[]) =>
    spawnSync(program!, [...argv, 'true'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
  return ways.find(works) ?? [];
}

/** The child's own words are English, and know of nothing but its limits. All threads take their memory from one arena: each of their own reserves 64 MiB. */
const ENVIRONMENT = { PATH: process.env['PATH'], LC_ALL: 'C', TMPDIR: '/nonexistent', MALLOC_ARENA_MAX: '1' };

/** Runs it to its end; answers what it wrote. Throws WorldFault `ProgramMissing`, or `ProgramFailed` with its last words. */
export async function runLimited(
  program: string,
  argv: readonly string[],
  { signal, timeoutMs, ...limits }: Limits & { signal?: AbortSignal | undefined; timeoutMs: number },
): Promise<string> {
  const [command, all] = limited(program, argv, limits);
  const options = { maxBuffer: 1024 * 1024, timeout: timeoutMs, killSignal: 'SIGKILL', env: ENVIRONMENT } as const;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(command, all, { ...options, ...(signal && { signal }) }, (error, stdout, stderr) => {
    if (error) reject(faultOf(program, error, stderr));
    else resolve(stdout);
  });
  try {
    return await promise;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** As a filter: the caller writes to its standard input and reads its output. */
export function startLimited(program: string, argv: readonly string[], limits: Limits): ChildProcess {
  const [command, all] = limited(program, argv, limits);
  return spawn(command, all, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT });
}

/** The program is not there, or prlimit is not: prlimit answers as a shell would. */
export const COMMAND_NOT_FOUND = 127;

export const programMissing = (program: string, packageName: string): WorldFault =>
  new WorldFault(
    'ProgramMissing',
    `${program} is needed for this, and is not installed: apt-get install ${packageName}`,
  );

function faultOf(program: string, error: Error & { code?: unknown }, stderr: string): WorldFault {
  const isMissing = error.code === 'ENOENT' || error.code === COMMAND_NOT_FOUND;
  if (isMissing) return programMissing(program, 'qemu-utils');
  const words = stderr.trim().split('\n').at(-1) ?? '';
  return new WorldFault('ProgramFailed', words === '' ? `${program} was ended` : words, { cause: error });
}
