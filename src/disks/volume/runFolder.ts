import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';

/** The kernel's limit for a unix socket's path, its ending zero left out. */
const MAX_SOCKET_PATH = 107;
/** `/`, an id of up to 32 characters, `.control`. */
const LONGEST_NAME = 41;

/** A folder for sockets, this user's alone: `<data>/run`, or one under the system's temporary folder when that path is too long. */
export function openRunFolder(dataFolder: string): string {
  const near = resolve(dataFolder, 'run');
  const isShort = Buffer.byteLength(near) + LONGEST_NAME <= MAX_SOCKET_PATH;
  if (isShort) return privateFolder(near);
  const name = createHash('sha256').update(near).digest('hex').slice(0, 16);
  return privateFolder(inTemporary(name));
}

/** One outside of the data folder does not outlive its use, unless a process still has its sockets there. */
export function closeRunFolder(folder: string, dataFolder: string): void {
  if (folder === resolve(dataFolder, 'run')) return;
  if (readdirSync(folder).some((name) => name.endsWith('.control'))) return;
  rmSync(folder, { recursive: true, force: true });
}

/** Where processes keep what they compiled, for all data folders of this user: a start takes a third of the time then. Null: nowhere. */
export function openCompiledFolder(): string | null {
  try {
    return privateFolder(inTemporary('compiled'));
  } catch {
    // Somebody else's. Slower, no worse.
    return null;
  }
}

const inTemporary = (name: string) => join(tmpdir(), `tongjing-${process.getuid?.() ?? 0}-${name}`);

function privateFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    // Anybody may have made it in a folder that all can write to.
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0)
      throw new WorldFault('NoPermission', `${folder} must be a folder of this user with mode 0700`);
  } catch (error) {
    throw systemFault(error, `prepare ${folder}`);
  }
  return folder;
}

/** Ids become file names. */
export function socketPaths(runFolder: string, id: string): { controlPath: string; exportPath: string } {
  const short = /^[0-9A-Za-z_-]{1,32}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
  return { controlPath: join(runFolder, `${short}.control`), exportPath: join(runFolder, `${short}.nbd`) };
}
