import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CliFault } from '../fault.ts';

const bin = new URL('../../../bin/tongjing', import.meta.url).pathname;

/** A service of the demo's own on a free port; it ends with the demo, and not by a Ctrl-C that is meant for that. */
export async function startOwnService(dataDir: string, driver: 'none' | 'qemu'): Promise<AsyncDisposable> {
  const child = spawn(bin, ['serve', '--port', '0', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, TONGJING_LOG_LEVEL: 'warn', TONGJING_DRIVER: driver },
  });
  const ended = once(child, 'close');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (complaints += text));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'Ready.') continue;
    child.stdout.resume();
    return {
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  await ended;
  throw new CliFault('ServiceFailed', `The service did not start on ${dataDir}.\n${complaints.trim()}`);
}
