import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bootstrap } from '../build/bootstrap.ts';

const run = promisify(execFile);

/** With what a build machine has: about 1.2 GiB of files. */
const PACKAGES = [
  'linux-image-amd64',
  'build-essential',
  'python3-pip',
  'git',
  'cloud-init',
  'openssh-server',
  'vim',
  'gdb',
  'cmake',
  'qemu-guest-agent',
];

/**
 * A raw disk of 4 GiB that holds one ext4 file system with Debian 12, built from Debian's packages; takes some minutes
 * and needs root. The file is sparse, and appears whole or not at all.
 */
export async function buildDebianDisk(path: string, onPhase: (phase: string) => void = () => {}): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'tongjing-debian-'));
  const root = join(work, 'root');
  const partial = join(dirname(path), `.${process.pid}.partial`);
  try {
    await bootstrap(root, PACKAGES, { onPhase });
    onPhase('making the file system');
    await run('mke2fs', ['-q', '-t', 'ext4', '-L', 'debian', '-d', root, '-F', partial, '4G']);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}
