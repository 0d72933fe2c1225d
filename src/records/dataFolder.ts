import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkDataFormat } from '../base/dataFormat.ts';
import { flushFolder } from '../base/files.ts';
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

/** What a saved world is made of, and what a reset deletes. */
const CONTENT = ['regions', 'volumes', 'objects', 'records.db-wal', 'records.db-shm', 'records.db'];
/** Last: a start would miss it as long as there are records of keys. */
const ROOT_KEY = 'root.key';

/** A world that is being unpacked; whole, and to take the place of what is here; being put there. */
const LOADING = 'loading';
const LOADED = 'loaded';
const PLACING = 'placing';

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
    finishLoad(root);
  } catch (error) {
    release();
    throw error;
  }
  return { ...paths(root), [Symbol.dispose]: release };
}

/** Where a world is unpacked, empty; laid out as a data folder. It vanishes at the next start unless it is `takePlace`d. */
export function openLoading(
  root: string,
): Pick<DataFolder, 'root' | 'records' | 'regions' | 'volumes' | 'objects' | 'rootKey'> {
  const loading = join(root, LOADING);
  rmSync(loading, { recursive: true, force: true });
  mkdirSync(loading, { mode: 0o700 });
  return paths(loading);
}

/** Has what was unpacked, and is durable, take the place of what the folder holds: from its renaming on, whatever ends the process. */
export function takePlace(root: string): void {
  try {
    renameSync(join(root, LOADING), join(root, LOADED));
    flushFolder(root);
  } catch (error) {
    throw systemFault(error, `put what was loaded into ${root}`);
  }
  finishLoad(root);
}

/** Each step may be cut off and done again. */
function finishLoad(root: string): void {
  const [loading, loaded, placing] = [LOADING, LOADED, PLACING].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  try {
    rmSync(loading, { recursive: true, force: true });
    if (existsSync(loaded)) {
      wipe(root);
      flushFolder(root);
      renameSync(loaded, placing);
      flushFolder(root);
    }
    if (!existsSync(placing)) return;
    for (const name of readdirSync(placing)) renameSync(join(placing, name), join(root, name));
    flushFolder(root);
    rmdirSync(placing);
  } catch (error) {
    throw systemFault(error, `put what was loaded into ${root}`);
  }
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
  wipe(folder.root);
}

function wipe(root: string): void {
  for (const name of [...CONTENT, ROOT_KEY]) rmSync(join(root, name), { recursive: true, force: true });
}

/** The file's text, or undefined when there is none. */
export function readIfPresent(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
