import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** With what a bootable build machine has: about 1.2 GiB of files. */
const PACKAGES =
  'linux-image-amd64,build-essential,python3-pip,git,cloud-init,openssh-server,vim,gdb,cmake,qemu-guest-agent';

/**
 * A raw disk of 4 GiB that holds one ext4 file system with Debian 12, built from Debian's packages; takes some minutes
 * and needs root. The file is sparse, and appears whole or not at all.
 */
export async function buildDebianDisk(path: string, onPhase: (phase: string) => void = () => {}): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'tongjing-debian-'));
  const root = join(work, 'root');
  const partial = join(dirname(path), `.${process.pid}.partial`);
  try {
    await bootstrap(root, onPhase);
    onPhase('making the file system');
    await run('mke2fs', ['-q', '-t', 'ext4', '-L', 'debian', '-d', root, '-F', partial, '4G']);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

/** mmdebstrap tells its phases on standard error: `I: downloading packages with apt...`. */
async function bootstrap(root: string, onPhase: (phase: string) => void): Promise<void> {
  const options = ['--verbose', '--variant=important', `--include=${PACKAGES}`, 'bookworm', root];
  const child = spawn('mmdebstrap', options, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const last: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const phase = /^I: (.+?)\.*$/.exec(line)?.[1];
    if (phase) onPhase(phase);
    if (last.push(line) > 20) last.shift();
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`mmdebstrap failed (${code}):\n${last.join('\n')}`);
}
