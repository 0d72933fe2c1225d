import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createIds } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { openBlocks, type Lease } from '../../src/blocks/blocks.ts';
import { createChunkWriter } from '../../src/blocks/chunkWriter.ts';
import { CHUNK_BYTES } from '../../src/blocks/format.ts';
import { openTransfers } from '../../src/disks/transfers.ts';
import { createRandom, type Random } from '../workload/random.ts';
import {
  createChunks,
  DISK_BYTES,
  DISK_CHUNKS,
  readRecords,
  REGIONS,
  rootsIn,
  writeRecords,
  type DiskRecord,
} from './storeModel.ts';

/** The crash test's victim: works on a data folder in several lanes, `rounds` things each, then ends in peace. */
const [folder, seed, rounds] = process.argv.slice(2) as [string, string, string];
const LANES = 3;
const MOST_DISKS = 8;

await using blocks = openBlocks({ dataFolder: folder, ids: createIds(), log: silentLog });
await using transfers = openTransfers({ blocks, scratchFolder: join(folder, 'scratch') });
/** Disks that something is made from: they stay until it is done. */
const inUse = new Map<string, number>();
const chunkOf = createChunks();
let made = 0;

const seeds = createRandom(Number(seed));
await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane, seeds.fork())));

async function runLane(lane: number, random: Random): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) {
    const work = random.pick([importDisk, changeDisk, changeDisk, copyDisk, deleteDisk, collect]);
    await work(random, `${seed}-${lane}-${round}`);
  }
}

/** Words are few, so that disks share chunks. */
function someWords(random: Random): Record<number, number> {
  const chunks = Array.from({ length: 1 + random.below(12) }, () => [random.below(DISK_CHUNKS), 1 + random.below(40)]);
  return Object.fromEntries(chunks) as Record<number, number>;
}

async function importDisk(random: Random, name: string): Promise<void> {
  const words = someWords(random);
  const path = join(folder, `${name}.raw`);
  const file = openSync(path, 'w');
  for (const [index, word] of Object.entries(words))
    writeSync(file, chunkOf(word), 0, CHUNK_BYTES, Number(index) * CHUNK_BYTES);
  ftruncateSync(file, DISK_BYTES);
  closeSync(file);
  const regionId = random.pick(REGIONS);
  await using lease = await blocks.lease(regionId);
  const { root } = await transfers.importFile({ path, format: 'raw' }, { lease, key: null });
  record({ regionId, root: root!, words });
  rmSync(path);
}

/** As a snapshot of a volume is stored. */
async function changeDisk(random: Random): Promise<void> {
  await withDisk(random, async (base) => {
    const words = someWords(random);
    await using lease = await blocks.lease(base.regionId);
    const changes = new Map<number, string | null>();
    await store(lease, words, changes);
    const root = await blocks.writeMap(lease, base.root, changes, DISK_BYTES);
    record({ regionId: base.regionId, root: root!, words: { ...base.words, ...words } });
  });
}

async function store(lease: Lease, words: Record<number, number>, changes: Map<number, string | null>): Promise<void> {
  const writer = createChunkWriter({ storeFolder: blocks.folder(lease.regionId), leaseId: lease.id });
  try {
    let pending = Object.keys(words).map(Number);
    while (pending.length > 0) {
      const refs = pending.map((index) => writer.put(index, chunkOf(words[index]!)));
      writer.seal();
      pending = await blocks.commit(lease, refs);
      for (const { index, hash } of refs) changes.set(index, hash);
    }
  } finally {
    writer.close();
  }
}

async function copyDisk(random: Random): Promise<void> {
  await withDisk(random, async ({ regionId, root, words }) => {
    const target = REGIONS.find((region) => region !== regionId)!;
    await using lease = await blocks.lease(target);
    await blocks.copy({ regionId, root, sizeBytes: DISK_BYTES, key: null }, { key: null, lease });
    record({ regionId: target, root, words });
  });
}

async function deleteDisk(random: Random): Promise<void> {
  const records = readRecords(folder);
  const free = Object.keys(records).filter((name) => !inUse.get(name));
  if (free.length === 0) return;
  delete records[random.pick(free)];
  writeRecords(folder, records);
}

async function collect(random: Random): Promise<void> {
  const regionId = random.pick(REGIONS);
  await blocks.collect(regionId, async () => rootsIn(readRecords(folder), regionId));
}

function record(disk: DiskRecord): void {
  const records = readRecords(folder);
  const oldest = Object.keys(records).find((name) => !inUse.get(name));
  if (Object.keys(records).length >= MOST_DISKS && oldest) delete records[oldest];
  records[`${seed}-${made++}`] = disk;
  writeRecords(folder, records);
}

async function withDisk(random: Random, work: (disk: DiskRecord) => Promise<void>): Promise<void> {
  const records = readRecords(folder);
  const names = Object.keys(records);
  if (names.length === 0) return;
  const name = random.pick(names);
  inUse.set(name, (inUse.get(name) ?? 0) + 1);
  try {
    await work(records[name]!);
  } finally {
    inUse.set(name, inUse.get(name)! - 1);
  }
}
