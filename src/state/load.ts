import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DATA_FORMAT } from '../base/dataFormat.ts';
import { flushFolder } from '../base/files.ts';
import { systemFault } from '../base/systemFault.ts';
import { WorldFault } from '../base/worldFault.ts';
import { openDataFolder, openLoading, takePlace } from '../records/dataFolder.ts';
import { refuseServed } from './atRest.ts';
import { checkWhole } from './checkWhole.ts';
import { checkVersion, stateInvalid, type FileFrame, type StateInfo } from './format.ts';
import { createFrameReader, type FrameReader } from './frames.ts';
import { takeStore } from './takeStore.ts';
import { takeVolume } from './takeVolume.ts';

export interface LoadOptions {
  /** Also into a folder that holds a world: what it holds is deleted once the saved one is whole beside it. */
  replace: boolean;
  onProgress?: (progress: { doneBytes: number; totalBytes: number }) => void;
}

/** What is in a data folder that holds no world. */
const OF_NO_WORLD = new Set(['lock', 'lock-journal', 'format.json', 'run']);

/**
 * Makes a data folder of a state file: docs/state.md. All of it is unpacked beside what the folder holds, and looked at, before that is touched;
 * then it takes its place, whatever ends the process. Throws WorldFault `FormatTooNew`, `StateFileInvalid`, `DataFolderInUse`, `DataFolderNotEmpty`.
 * Blocking.
 */
export async function loadState(path: string, dataDir: string, options: LoadOptions): Promise<StateInfo> {
  const file = openStateFile(path);
  try {
    const totalBytes = statSync(path).size;
    const frames = createFrameReader(file);
    const info = frames.takeJson<StateInfo>('INFO');
    checkVersion('The data folder that was saved', info.dataFormat, DATA_FORMAT);
    const clear = makeFolder(dataDir);
    try {
      using folder = openDataFolder(dataDir);
      await checkReplaceable(folder.root, options.replace);
      const loading = openLoading(folder.root);
      try {
        for (const name of [loading.regions, loading.volumes, loading.objects]) mkdirSync(name, { mode: 0o700 });
        takeAll(frames, loading, () => options.onProgress?.({ doneBytes: frames.readBytes, totalBytes }));
        await checkWhole(loading);
        for (const name of [loading.regions, loading.volumes, loading.objects, loading.root]) flushFolder(name);
      } catch (error) {
        rmSync(loading.root, { recursive: true, force: true });
        throw (error as NodeJS.ErrnoException).syscall ? systemFault(error, `load into ${dataDir}`) : error;
      }
      takePlace(folder.root);
      return info;
    } catch (error) {
      clear();
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

/** Makes the folder if need be. The answer removes what a load that failed made: the files of a folder without a world, and folders that were not there. */
function makeFolder(path: string): () => void {
  let made: string | undefined;
  let before: Set<string>;
  try {
    made = mkdirSync(path, { recursive: true, mode: 0o700 });
    before = new Set(readdirSync(path));
  } catch (error) {
    throw systemFault(error, `make the data folder ${path}`);
  }
  return () => {
    // A service that has just come to the folder keeps it: of what is not a load's, nothing is removed.
    for (const name of OF_NO_WORLD) if (!before.has(name)) rmSync(join(path, name), { recursive: true, force: true });
    if (made === undefined) return;
    const above = dirname(made);
    try {
      for (let folder = path; folder !== above; folder = dirname(folder)) rmdirSync(folder);
    } catch {
      // It is not empty.
    }
  };
}

function openStateFile(path: string): number {
  try {
    if (!statSync(path).isFile()) throw stateInvalid(`${path} is no regular file`);
    return openSync(path, 'r');
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  }
}

async function checkReplaceable(root: string, replace: boolean): Promise<void> {
  const isEmpty = readdirSync(root).every((name) => OF_NO_WORLD.has(name));
  if (!isEmpty && !replace)
    throw new WorldFault('DataFolderNotEmpty', `The data folder ${root} is not empty; what it holds would be deleted.`);
  await refuseServed(root);
}

function takeAll(frames: FrameReader, loading: ReturnType<typeof openLoading>, report: () => void): void {
  for (;;) {
    const kind = frames.peek();
    if (kind === 'FILE') takeFile(frames, loading, report);
    else if (kind === 'VOLU') takeVolume(frames, loading.volumes, report);
    else if (kind === 'STOR') takeStore(frames, loading.regions, report);
    else break;
  }
  frames.end();
  report();
}

function takeFile(frames: FrameReader, loading: ReturnType<typeof openLoading>, report: () => void): void {
  const { path, sizeBytes } = frames.takeJson<FileFrame>('FILE');
  const to = pathOf(path, loading);
  if (existsSync(to)) throw stateInvalid(`${path} comes twice`);
  const file = openSync(to, 'wx', 0o600);
  try {
    let done = 0;
    while (frames.peek() === 'DATA') {
      const bytes = frames.take('DATA');
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      done += bytes.length;
      report();
    }
    if (done !== sizeBytes) throw stateInvalid(`${path} has ${done} bytes instead of ${sizeBytes}`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A name that is none of ours leads nowhere. */
function pathOf(name: string, loading: ReturnType<typeof openLoading>): string {
  if (name === 'records.db') return loading.records;
  if (name === 'root.key') return loading.rootKey;
  const blob = /^objects\/([\w-][\w.-]*)$/.exec(name)?.[1];
  if (blob === undefined) throw stateInvalid(`${JSON.stringify(name)} is nothing that this version knows`);
  return join(loading.objects, blob);
}
