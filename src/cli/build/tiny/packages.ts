import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CliFault } from '../../fault.ts';

const run = promisify(execFile);
const MOST_MS = 5 * 60_000;

/** Of Debian, taken apart in a folder: nothing is installed. The first depends on the kernel itself. */
const KERNEL = 'linux-image-cloud-amd64';
const PARTS = ['busybox-static', 'syslinux', 'syslinux-common', 'mtools', 'dosfstools'];
/** Programs of the guest that are not busybox's, and their libraries. */
const GUEST = ['dropbear-bin', 'e2fsprogs'];
const LIBRARIES = [
  'libblkid1',
  'libc6',
  'libcom-err2',
  'libcrypt1',
  'libext2fs2',
  'libgmp10',
  'libss2',
  'libtomcrypt1',
  'libtommath1',
  'libuuid1',
  'zlib1g',
];

/** Downloads the packages that the disk is built of and with, and takes them apart into `folder`. */
export async function unpackPackages(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const downloads = join(folder, 'packages');
  await mkdir(downloads, { recursive: true });
  await download(downloads, env, [KERNEL, ...PARTS, ...GUEST, ...LIBRARIES]);
  const meta = (await readdir(downloads)).find((name) => name.startsWith(`${KERNEL}_`));
  const { stdout } = await dpkg(env, ['-f', join(downloads, meta!), 'Depends']);
  const kernel = /linux-image-[\w.+-]+-cloud-amd64/.exec(stdout)?.[0];
  if (!kernel) throw new CliFault('BuildFailed', `The package ${KERNEL} names no kernel: ${stdout.trim()}`);
  await download(downloads, env, [kernel]);
  for (const name of await readdir(downloads)) await dpkg(env, ['-x', join(downloads, name), folder]);
}

async function download(cwd: string, env: NodeJS.ProcessEnv, packages: readonly string[]): Promise<void> {
  try {
    await run('apt-get', ['-q', 'download', ...packages], { cwd, env, timeout: MOST_MS });
  } catch (cause) {
    throw new CliFault('BuildFailed', `These Debian packages could not be downloaded: ${packages.join(' ')}`, {
      hint: 'It takes Debian’s apt-get, a list of packages that is up to date (sudo apt-get update), and the network.',
      cause,
    });
  }
}

async function dpkg(env: NodeJS.ProcessEnv, options: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run('dpkg-deb', [...options], { env, timeout: MOST_MS });
  } catch (cause) {
    throw new CliFault('BuildFailed', 'dpkg-deb (Debian package dpkg) could not take a package apart.', { cause });
  }
}
