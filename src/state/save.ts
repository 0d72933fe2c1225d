import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '../base/files.ts';
import { systemFault } from '../base/systemFault.ts';
import { runThread } from '../base/threads.ts';
import { WorldFault } from '../base/worldFault.ts';

/** Where a world lies; nobody changes it meanwhile. */
export interface WorldFolders {
  records: string;
  rootKey: string;
  regions: string;
  volumes: string;
  objects: string;
  /** For what is needed on the way. */
  scratch: string;
}

export interface SaveThreadData {
  world: WorldFolders;
  path: string;
  /** The program's. */
  version: string;
}

export interface SaveProgress {
  doneBytes: number;
  /** About. */
  totalBytes: number;
}

/** What is in a state file. */
export interface Saved {
  sizeBytes: number;
  chunks: number;
  volumes: number;
  objects: number;
}

export interface SaveOptions {
  onProgress?: (progress: SaveProgress) => void;
  signal?: AbortSignal | undefined;
}

/** Writes a world as one file (0600), aside and renamed: docs/state.md. Throws what is damaged by its name, and leaves nothing then. */
export async function saveState(
  { world, path, version }: SaveThreadData,
  { onProgress, signal }: SaveOptions = {},
): Promise<Saved> {
  const there = await stat(path).catch(() => null);
  if (there && !there.isFile()) throw new WorldFault('NotAFile', `${path} is there already, and is no regular file.`);
  const partial = `${path}.partial`;
  try {
    const data: SaveThreadData = { world: pick(world), path: partial, version };
    const saved = await runThread<SaveProgress, null, Saved>(new URL('./threads/save.ts', import.meta.url), data, {
      signal,
      answer(progress) {
        onProgress?.(progress);
        return null;
      },
    });
    await rename(partial, path).catch((error: unknown) => {
      throw systemFault(error, `save to ${path}`);
    });
    flushFolder(dirname(path));
    return saved;
  } catch (error) {
    await rm(partial, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

/** What a thread can be handed. */
const pick = ({ records, rootKey, regions, volumes, objects, scratch }: WorldFolders): WorldFolders => ({
  records,
  rootKey,
  regions,
  volumes,
  objects,
  scratch,
});
