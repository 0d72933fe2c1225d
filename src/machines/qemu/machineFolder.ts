import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { writeDurably } from '../../base/files.ts';
import { systemFault } from '../../base/systemFault.ts';
import type { MachineSpec } from '../machines.ts';
import type { ProcessIdentity } from './processOf.ts';

/** What a restarted service has to know of a machine that went on without it. */
export interface MachineRecord {
  spec: MachineSpec;
  process: ProcessIdentity;
}

/**
 * The folder of one machine; QEMU runs in it and knows all its files by their names alone, so that it reaches them after it gave its rights
 * away, whatever lies above. It is QEMU's: what is read from it is not trusted. What the service notes of the machine lies elsewhere.
 */
export interface MachineFolder {
  readonly path: string;
  /** What QEMU says of itself. */
  readonly log: string;
  /** The variables of UEFI's firmware, which outlive a stop. Not QEMU's to replace: it gets the open file. */
  readonly variables: string;
  /** User and group that QEMU becomes; null: it stays who started it. */
  readonly ownerId: number | null;
  file(name: string): string;
  make(): void;
  /** What the machine's last run left. */
  clear(): void;
  /** That, and what a next one would go on from. */
  remove(): void;
  read(): MachineRecord | null;
  /** Null: the machine ended. */
  write(record: MachineRecord | null): void;
  /** The last bytes of a file that QEMU wrote; null: there is none. */
  readFile(name: string, mostBytes: number): { bytes: Buffer; writtenAt: number } | null;
  /** Empties a file that QEMU appends to, once it is longer; what it held is gone. */
  cut(name: string, mostBytes: number): void;
  /** Makes a disk's socket reachable in here, in place of an earlier one of that disk. Answers its name. */
  link(volumeId: string, socketPath: string): string;
  unlink(volumeId: string): void;
}

/** Beyond the ids that systems give to people and services; each machine has one of its own. */
const FIRST_OWNER = 0x4000_0000;
const OWNERS = 0x1000_0000;

export const diskSocket = (volumeId: string): string => `${volumeId}.nbd`;

export interface MachineFolders {
  /** Short: sockets lie in there. */
  run: string;
  records: string;
}

export function openMachineFolder(folders: MachineFolders, instanceId: string): MachineFolder {
  const path = join(folders.run, instanceId);
  const file = (name: string) => join(path, name);
  const record = join(folders.records, `${instanceId}.json`);
  const log = join(folders.records, `${instanceId}.log`);
  const variables = join(folders.records, `${instanceId}.uefi`);
  const clear = () => {
    for (const gone of [path, record, log]) rmSync(gone, { recursive: true, force: true });
  };
  const ownerId = process.getuid?.() === 0 ? ownerOf(instanceId) : null;
  return {
    path,
    log,
    variables,
    ownerId,
    file,
    make() {
      try {
        mkdirSync(path, { recursive: true, mode: 0o700 });
        if (ownerId !== null) chownSync(path, ownerId, ownerId);
      } catch (error) {
        throw systemFault(error, `make ${path}`);
      }
    },
    clear,
    remove() {
      clear();
      rmSync(variables, { force: true });
    },
    read() {
      try {
        return JSON.parse(readFileSync(record, 'utf8')) as MachineRecord;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw systemFault(error, `read ${record}`);
      }
    },
    write(noted) {
      if (noted) writeDurably(record, `${JSON.stringify(noted)}\n`, 0o600);
      else rmSync(record, { force: true });
    },
    readFile(name, mostBytes) {
      // No link that QEMU may have put there is followed.
      let handle: number;
      try {
        handle = openSync(file(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      } catch {
        return null;
      }
      try {
        const { size, mtimeMs, isFile } = statOf(handle);
        if (!isFile) return null;
        const bytes = Buffer.alloc(Math.min(size, mostBytes));
        const length = readSync(handle, bytes, 0, bytes.length, size - bytes.length);
        return { bytes: bytes.subarray(0, length), writtenAt: mtimeMs };
      } finally {
        closeSync(handle);
      }
    },
    cut(name, mostBytes) {
      const longFile = file(name);
      const found = lstatSync(longFile, { throwIfNoEntry: false });
      if (!found?.isFile() || found.size <= mostBytes) return;
      try {
        const handle = openSync(longFile, constants.O_RDWR | constants.O_NOFOLLOW);
        try {
          ftruncateSync(handle);
        } finally {
          closeSync(handle);
        }
      } catch (error) {
        throw systemFault(error, `cut ${longFile}`);
      }
    },
    link(volumeId, socketPath) {
      const name = diskSocket(volumeId);
      try {
        if (isSame(socketPath, file(name))) return name;
        rmSync(file(name), { force: true });
        linkSync(socketPath, file(name));
        if (ownerId !== null) chownSync(file(name), ownerId, ownerId);
      } catch (error) {
        throw systemFault(error, `link ${socketPath}`);
      }
      return name;
    },
    unlink: (volumeId) => rmSync(file(diskSocket(volumeId)), { force: true }),
  };
}

/** Instances whose machine ran when that was noted last. */
export const recordedIn = ({ records }: MachineFolders): string[] =>
  readdirSync(records)
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'));

/** Machines that have a folder, whether or not they run. */
export const foldersIn = ({ run }: MachineFolders): string[] =>
  readdirSync(run, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

function statOf(handle: number): { size: number; mtimeMs: number; isFile: boolean } {
  const stat = fstatSync(handle);
  return { size: stat.size, mtimeMs: stat.mtimeMs, isFile: stat.isFile() };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function ownerOf(instanceId: string): number {
  let hash = 0;
  for (const byte of Buffer.from(instanceId)) hash = (Math.imul(hash, 31) + byte) >>> 0;
  return FIRST_OWNER + (hash % OWNERS);
}
