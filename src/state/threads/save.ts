import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { DATA_FORMAT } from '../../base/dataFormat.ts';
import { systemFault } from '../../base/systemFault.ts';
import { serveThread, type ThreadPort } from '../../base/threads.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { createCompressor } from '../../base/zstd.ts';
import { openChunkReader } from '../../blocks/chunkReader.ts';
import { CHUNK_BYTES, encodeRecordHeader } from '../../blocks/format.ts';
import { createHashSet } from '../../blocks/hashSet.ts';
import { walkMap } from '../../blocks/map.ts';
import { openResting, type RestingVolume } from '../../disks/volume/carry.ts';
import { copyRecords, openRecords } from '../../records/database.ts';
import { regionRoots, regionsWithRoots } from '../../records/roots.ts';
import { allBlobs } from '../../records/tables/objects.ts';
import { BLOCKS_HEAD_BYTES, FLAG_ZSTD, MAX_FRAME_BYTES } from '../format.ts';
import { createFrameWriter, type FrameWriter } from '../frames.ts';
import type { Saved, SaveProgress, SaveThreadData, WorldFolders } from '../save.ts';

/** Told of after so many bytes. */
const REPORT_BYTES = 16 * 1024 * 1024;
/** Below this share of their size compressing blocks is worth undoing it. */
const WORTHWHILE = 0.95;
const ZSTD_LEVEL = 1;

await serveThread<SaveThreadData, SaveProgress, null, Saved>(async ({ world, path, version }, port) => {
  mkdirSync(world.scratch, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(world.scratch, 'state-'));
  let file: number | null = null;
  try {
    file = openSync(path, 'w', 0o600);
    const saved = await save(world, { file, scratch, version, port });
    fsyncSync(file);
    return saved;
  } catch (error) {
    throw isOfSystem(error) ? systemFault(error, `save to ${path}`) : error;
  } finally {
    if (file !== null) closeSync(file);
    rmSync(scratch, { recursive: true, force: true });
  }
});

function isOfSystem(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}

interface Work {
  file: number;
  scratch: string;
  version: string;
  port: ThreadPort<SaveProgress, null>;
}

async function save(world: WorldFolders, { file, scratch, version, port }: Work): Promise<Saved> {
  const frames = createFrameWriter(file);
  frames.putJson('INFO', { tongjing: version, savedAt: new Date().toISOString(), dataFormat: DATA_FORMAT });
  const records = join(scratch, 'records.db');
  copyRecords(world.records, records);
  putFile(frames, 'records.db', records);
  if (existsSync(world.rootKey)) putFile(frames, 'root.key', world.rootKey);

  const db = openRecords(records);
  try {
    const blobs = await allBlobs(db);
    const totalBytes = bytesOf(world, [...blobs]);
    let reported = 0;
    const report = async () => {
      port.check();
      if (frames.writtenBytes < reported + REPORT_BYTES) return;
      reported = frames.writtenBytes;
      await port.ask({ doneBytes: Math.min(reported, totalBytes), totalBytes });
    };
    const reached = new Map<string, ReadonlySet<string>>();
    for (const regionId of await regionsWithRoots(db)) reached.set(regionId, new Set(await regionRoots(db, regionId)));
    // What may change comes first, should it ever be let go before the rest is written.
    const volumes = await putVolumes(frames, world, { scratch, reached, report });
    let chunks = 0;
    for (const [regionId, roots] of reached) chunks += await putStore(frames, world, { regionId, roots, report });
    for (const blob of blobs) {
      putFile(frames, `objects/${blob}`, join(world.objects, blob));
      await report();
    }
    frames.end();
    return { sizeBytes: frames.writtenBytes, chunks, volumes, objects: blobs.size };
  } finally {
    await db.destroy();
  }
}

/** About what is to be written: dead chunks count too. */
function bytesOf(world: WorldFolders, blobs: readonly string[]): number {
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false });
  const segments = existsSync(world.regions)
    ? readdirSync(world.regions, { recursive: true, encoding: 'utf8' }).map((name) => sizeOf(join(world.regions, name)))
    : [];
  const objects = blobs.map((blob) => sizeOf(join(world.objects, blob)));
  const volumes = namesIn(world.volumes).map((name) => sizeOf(join(world.volumes, name, 'data')));
  const plain = [...segments, ...objects].reduce((sum, status) => sum + (status?.isFile() ? status.size : 0), 0);
  return volumes.reduce((sum, status) => sum + (status?.blocks ?? 0) * 512, plain);
}

/** Volumes by their ids; what begins with a dot is no volume any more, or none yet. */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

interface VolumesWork {
  scratch: string;
  reached: ReadonlyMap<string, ReadonlySet<string>>;
  report: () => Promise<void>;
}

async function putVolumes(frames: FrameWriter, world: WorldFolders, work: VolumesWork): Promise<number> {
  let count = 0;
  for (const name of namesIn(world.volumes)) {
    const scratch = join(work.scratch, 'volume');
    mkdirSync(scratch);
    try {
      using volume = openResting(join(world.volumes, name), scratch);
      if (!volume) continue;
      const { regionId, baseRoot } = volume.identity;
      const isReached = (root: string | null) => root === null || work.reached.get(regionId)?.has(root) === true;
      // Nothing is built on it any more: it waits to be deleted, and what it stands on may be gone.
      if (!isReached(baseRoot)) continue;
      // A crash between a snapshot's record and its thaw leaves the root before, which nothing keeps.
      const incrementalRoot = isReached(volume.incrementalRoot) ? volume.incrementalRoot : baseRoot;
      await putVolume(frames, volume, incrementalRoot, work.report);
      count++;
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return count;
}

async function putVolume(
  frames: FrameWriter,
  volume: RestingVolume,
  incrementalRoot: string | null,
  report: () => Promise<void>,
): Promise<void> {
  const { identity, sizeBytes } = volume;
  frames.putJson('VOLU', { identity, sizeBytes, incrementalRoot });
  const compress = createCompressor(ZSTD_LEVEL, CHUNK_BYTES);
  for (const { chunk, states, blocks } of volume.chunks()) {
    const head = Buffer.alloc(BLOCKS_HEAD_BYTES);
    head.writeBigUInt64LE(BigInt(chunk), 0);
    head.set(states, 16);
    // What is encrypted does not compress.
    const small = identity.keyId === null && blocks.length > 0 ? compress(blocks) : blocks;
    const isSmall = small.length < blocks.length * WORTHWHILE;
    head.writeUInt8(isSmall ? FLAG_ZSTD : 0, 8);
    frames.put('BLKS', Buffer.concat([head, isSmall ? small : blocks]));
    await report();
  }
}

interface StoreWork {
  regionId: string;
  roots: ReadonlySet<string>;
  report: () => Promise<void>;
}

/** Every chunk that the roots reach, once, as it is stored, what is below before what is above. */
async function putStore(
  frames: FrameWriter,
  world: WorldFolders,
  { regionId, roots, report }: StoreWork,
): Promise<number> {
  if (roots.size === 0) return 0;
  frames.putJson('STOR', { regionId });
  const reader = openChunkReader(join(world.regions, regionId));
  const seen = createHashSet();
  let count = 0;
  try {
    for (const root of roots) {
      for (const { hash } of walkMap(root, (page) => (seen.has(page) ? null : reader.read(page)))) {
        if (!seen.add(hash)) continue;
        const { flags, payload } = reader.readStored(hash);
        frames.put('CHNK', Buffer.concat([encodeRecordHeader(flags, hash, payload), payload]));
        count++;
        await report();
      }
    }
    return count;
  } finally {
    seen.close();
    reader.close();
  }
}

function putFile(frames: FrameWriter, name: string, path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  }
  try {
    const { size } = fstatSync(file);
    frames.putJson('FILE', { path: name, sizeBytes: size });
    const bytes = Buffer.allocUnsafe(MAX_FRAME_BYTES);
    for (let done = 0; done < size;) {
      const count = readSync(file, bytes, 0, Math.min(bytes.length, size - done), done);
      if (count === 0) throw new WorldFault('BlobCutShort', `${path} became shorter while it was read.`);
      frames.put('DATA', bytes.subarray(0, count));
      done += count;
    }
  } finally {
    closeSync(file);
  }
}
