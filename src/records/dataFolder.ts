import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkDataFormat } from '../base/dataFormat.ts';
import { systemFault } from '../base/systemFault.ts';
import { WorldFault } from '../base/worldFault.ts';

/** The service's folder: what lies where, held by one process at a time. */
export interface DataFolder extends Disposable {
  root: string;
  records: string;
  /** Block stores and volumes lay out these two themselves. */
  regions: string;
  volumes: string;
  /** The bytes of buckets' objects. */
  objects: string;
  /** What imports unpack or convert, for as long as they run. */
  scratch: string;
  tls: string;
  /** JSON, 0600: `{accountId, accessKeyId, accessKeySecret}` of the operator's account. Survives a reset. */
  credentials: string;
  /** One line, 0600: the bearer token of the operator endpoints. Survives a reset. */
  operatorToken: string;
  /** 32 random bytes, 0600: wraps every KMS key. Goes with the records at a reset. */
  rootKey: string;
  /** JSON: where the running service listens. Written at each start, removed at each stop. */
  service: string;
}

const paths = (root: string) => ({
  root,
  records: join(root, 'records.db'),
  regions: join(root, 'regions'),
  volumes: join(root, 'volumes'),
  objects: join(root, 'objects'),
  scratch: join(root, 'scratch'),
  tls: join(root, 'tls'),
  credentials: join(root, 'credentials.json'),
  operatorToken: join(root, 'operator.token'),
  rootKey: join(root, 'root.key'),
  service: join(root, 'service.json'),
});

/**
 * Makes the folder if need be (0700), refuses a newer format, and holds it until disposed of. Throws WorldFault: `DataFolderInUse`,
 * `FormatTooNew`, or what the file system says.
 */
export function openDataFolder(root: string): DataFolder {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw systemFault(error, `make the data folder ${root}`);
  }
  // Nothing is written to a folder of a newer format, the lock file included.
  const format = join(root, 'format.json');
  if (existsSync(format)) checkDataFormat(format);
  const release = lock(join(root, 'lock'), root);
  try {
    checkDataFormat(format);
  } catch (error) {
    release();
    throw error;
  }
  return { ...paths(root), [Symbol.dispose]: release };
}

/** An SQLite lock: the system drops it with the process, however that ends. */
function lock(path: string, root: string): () => void {
  let holder: DatabaseSync | undefined;
  try {
    // SQLite does not say why it can't open a file; the file system does.
    closeSync(openSync(path, 'a', 0o600));
    holder = new DatabaseSync(path);
    holder.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    holder?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new WorldFault('DataFolderInUse', `Another Tongjing is running on the data folder ${root}.`, {
        cause: error,
      });
    }
    throw systemFault(error, `lock the data folder ${root}`);
  }
  const held = holder;
  return () => held.close();
}

const SQLITE_BUSY = 5;

/** Empties the folder of all that was made since its first start. What names and admits the operator stays. */
export function wipeDataFolder(folder: DataFolder): void {
  for (const path of [folder.regions, folder.volumes, folder.objects]) rmSync(path, { recursive: true, force: true });
  for (const suffix of ['', '-wal', '-shm']) rmSync(folder.records + suffix, { force: true });
  // Last: a start would miss it as long as there are records of keys.
  rmSync(folder.rootKey, { force: true });
}

/** The file's text, or undefined when there is none. */
export function readIfPresent(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
