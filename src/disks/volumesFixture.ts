import { existsSync } from 'node:fs';
import { createIds } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import { openBlocks, type Blocks, type Lease, type Root } from '../blocks/blocks.ts';
import { createChunkWriter } from '../blocks/chunkWriter.ts';
import { openDiskReader } from '../blocks/diskReader.ts';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { contentKey, temporaryFolder } from '../blocks/storeFixture.ts';
import type { ContentKey, Keys } from '../keys/keys.ts';
import { connectNbd, type NbdClient, type NbdClientOptions } from './nbd/client.ts';
import { openVolumes, type VolumesParts } from './openVolumes.ts';
import { connectControl, type ControlClient, type ProcessStatus } from './volume/control.ts';
import { openRunFolder, socketPaths } from './volume/runFolder.ts';
import type { StoredDisk } from './transfers.ts';
import type { Volumes } from './volumes.ts';

export const REGION = 'cn-hangzhou';

/** Keys by their ids; one whose id begins so is not to be had: `disabled-`. */
export const fakeKeys: Keys = {
  async open(keyId) {
    if (keyId.startsWith('disabled-')) throw new WorldFault('KeyUnavailable', `${keyId} is disabled`);
    return contentKey(keyId);
  },
};

/** For tests: volumes in processes of their own over a real store, in a folder that goes away. */
export interface VolumesFixture extends AsyncDisposable {
  readonly folder: string;
  readonly blocks: Blocks;
  volumes: Volumes;
  /** A service that died without a word, and its successor. */
  replaceService(parts?: Partial<VolumesParts>): Promise<void>;
  /** Opens it and connects. */
  client(volumeId: string, options?: NbdClientOptions): Promise<NbdClient>;
  control(id: string): Promise<ControlClient | null>;
  status(id: string): Promise<ProcessStatus>;
  /** kill -9, and waits until it is gone. */
  kill(volumeId: string): Promise<void>;
  /** Waits until a process has ended by itself. */
  ended(volumeId: string): Promise<void>;
  /** Stores a disk. */
  stored(contents: ReadonlyMap<number, Buffer>, key?: ContentKey | null): Promise<Root>;
  /** The first `sizeBytes` of what is stored. */
  contentOf(root: Root, sizeBytes: number, key?: ContentKey | null): Buffer;
  lease(): Promise<Lease>;
}

export async function startVolumes(name: string): Promise<VolumesFixture> {
  const temporary = temporaryFolder(name);
  const folder = temporary.path;
  const blocks = openBlocks({ dataFolder: folder, ids: createIds(), log: silentLog });
  const runFolder = openRunFolder(folder);
  const open = (parts: Partial<VolumesParts> = {}) =>
    openVolumes({ dataFolder: folder, blocks, keys: fakeKeys, log: silentLog, ...parts });
  const control = (id: string) => connectControl(socketPaths(runFolder, id).controlPath);

  async function status(id: string): Promise<ProcessStatus> {
    const client = await control(id);
    if (!client) throw new Error(`no process serves ${id}`);
    try {
      return await client.request('status', {});
    } finally {
      client.close();
    }
  }

  const fixture: VolumesFixture = {
    folder,
    blocks,
    volumes: await open(),
    control,
    status,
    async replaceService(parts) {
      fixture.volumes = await open(parts);
    },
    async client(volumeId, options) {
      const { socketPath } = await fixture.volumes.open(volumeId);
      return connectNbd(socketPath, options);
    },
    async kill(volumeId) {
      const client = await control(volumeId);
      if (!client) throw new Error(`no process serves ${volumeId}`);
      const { pid } = await client.request('status', {});
      process.kill(pid, 'SIGKILL');
      await client.ended;
    },
    async ended(volumeId) {
      const client = await control(volumeId);
      await client?.ended;
    },
    async stored(contents, key = null) {
      await using lease = await blocks.lease(REGION);
      const writer = createChunkWriter({ storeFolder: blocks.folder(REGION), leaseId: lease.id, key });
      const refs = [...contents].map(([index, plain]) => writer.put(index, plain));
      writer.seal();
      writer.close();
      await blocks.commit(lease, refs);
      const changes = new Map(refs.map(({ index, hash }) => [index, hash]));
      return blocks.writeMap(lease, null, changes, (Math.max(...contents.keys()) + 1) * CHUNK_BYTES);
    },
    contentOf(root, sizeBytes, key = null) {
      const content = Buffer.alloc(sizeBytes);
      if (root === null) return content;
      const reader = openDiskReader(blocks.folder(REGION), root, sizeBytes, { key });
      for (let index = 0; index * CHUNK_BYTES < sizeBytes; index++)
        reader.readChunk(index)?.copy(content, index * CHUNK_BYTES);
      reader.close();
      return content;
    },
    lease: () => blocks.lease(REGION),
    async [Symbol.asyncDispose]() {
      await fixture.volumes[Symbol.asyncDispose]();
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
      if (existsSync(runFolder)) throw new Error(`${runFolder} is left`);
    },
  };
  return fixture;
}

/** Stores a freeze and ends it; `commit` false: as a snapshot that came to nothing. */
export async function snapshot(
  s: VolumesFixture,
  volumeId: string,
  freezeId: string,
  commit = true,
): Promise<StoredDisk> {
  await using lease = await s.lease();
  const stored = await s.volumes.store(volumeId, freezeId, { lease });
  await s.volumes.thaw(volumeId, freezeId, commit ? { root: stored.root } : null);
  return stored;
}
