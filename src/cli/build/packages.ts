import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CliFault } from '../fault.ts';

const run = promisify(execFile);
const MOST_MS = 5 * 60_000;

/** Downloads packages of Debian and takes them apart into `folder`: nothing is installed. Answers what each depends on. */
export async function unpackPackages(
  folder: string,
  env: NodeJS.ProcessEnv,
  packages: readonly string[],
): Promise<Map<string, string>> {
  const downloads = await mkdtemp(join(folder, 'packages-'));
  await download(downloads, env, packages);
  const depends = new Map<string, string>();
  for (const name of await readdir(downloads)) {
    const path = join(downloads, name);
    depends.set(name.slice(0, name.indexOf('_')), (await dpkg(env, ['-f', path, 'Depends'])).stdout);
    await dpkg(env, ['-x', path, folder]);
  }
  await rm(downloads, { recursive: true });
  return depends;
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
