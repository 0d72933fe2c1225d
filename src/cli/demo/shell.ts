import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runProgram } from './programs.ts';

const execute = promisify(execFile);
const LOOK_AGAIN_MS = 200;

/** A key pair, and what guests that have it answer. */
export interface Shell {
  publicKey: string;
  /** What a command in the guest says. */
  ssh(address: string, command: string): Promise<string>;
  /** Waits until the guest lets somebody log in. `tick` is called between. */
  ready(address: string, tick: () => void): Promise<void>;
}

export async function openShell(folder: string): Promise<Shell> {
  const key = join(folder, 'key');
  await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  // Guests are new each time, and so are their host keys.
  const hosts = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `IdentityFile=${key}`, 'ConnectTimeout=30', 'LogLevel=ERROR'];
  const args = ['-F', 'none', ...[...hosts, ...options].flatMap((option) => ['-o', option])];
  const ssh = async (address: string, command: string) =>
    (await execute('ssh', [...args, `root@${address}`, command])).stdout;
  return {
    publicKey: (await readFile(`${key}.pub`, 'utf8')).trim(),
    ssh,
    async ready(address, tick) {
      for (;;) {
        tick();
        if ((await ssh(address, 'echo in').catch(() => '')) === 'in\n') return;
        await delay(LOOK_AGAIN_MS);
      }
    },
  };
}
