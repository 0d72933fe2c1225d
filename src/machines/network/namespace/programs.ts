import { spawn } from 'node:child_process';
import { WorldFault } from '../../../base/worldFault.ts';

/** Where Debian keeps the administrator's programs, which the path of a service may lack. */
export const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
const TIMEOUT_MS = 60_000;
const MOST_WORDS = 2000;

/** Runs it to its end, with `input`; answers what it wrote. No shell sees its arguments. Throws NetworkFailed with its last words. */
export async function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = Promise.withResolvers<void>();
  let [out, words] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(0, MOST_WORDS)));
  child.on('error', ended.reject);
  child.on('close', (status, signal) => {
    if (status === 0) ended.resolve();
    else ended.reject(new Error(words.trim() || `it ended with ${status ?? signal}`));
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    await ended.promise;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WorldFault('NetworkFailed', `${[program, ...args].join(' ')}: ${why}`, { cause: error, retryable: true });
  }
  return out;
}

export const runIn = (namespace: string, program: string, args: readonly string[], input?: string): Promise<string> =>
  run('ip', ['netns', 'exec', namespace, program, ...args], input);

/** Commands of ip(8), one a line, in a namespace; with null where the service is. */
export async function ip(namespace: string | null, commands: readonly string[]): Promise<void> {
  if (commands.length > 0) await run('ip', [...inside(namespace), '-batch', '-'], `${commands.join('\n')}\n`);
}

/** What `ip -json` shows. */
export async function shown<T>(namespace: string | null, args: readonly string[]): Promise<T[]> {
  const text = await run('ip', [...inside(namespace), '-json', ...args]);
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
}

const inside = (namespace: string | null): string[] => (namespace === null ? [] : ['-netns', namespace]);

export interface Interface {
  ifname: string;
  flags: string[];
  master?: string;
}

export const interfacesOf = (namespace: string | null): Promise<Interface[]> => shown(namespace, ['link', 'show']);
