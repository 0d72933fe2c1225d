import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createIds } from '../src/base/ids.ts';
import { silentLog } from '../src/base/log.ts';
import { openBlocks } from '../src/blocks/blocks.ts';
import { chunkCount, CHUNK_BYTES } from '../src/blocks/format.ts';
import { openDiskReader } from '../src/blocks/diskReader.ts';
import { connectNbd } from '../src/disks/nbd/client.ts';
import { openVolumes } from '../src/disks/openVolumes.ts';
import type { StoredDisk } from '../src/disks/transfers.ts';
import { noKeys } from '../test/fakes/noKeys.ts';
import { createFigures, printClaims, timed } from './measure.ts';

/**
 * Snapshots of a 100 GiB disk with some GiB of data, of which 1 GiB changes each round at random places: seconds and bytes moved, against a full
 * copy of the same disk by qemu-img. The data are random: nothing is gained by compressing. The last snapshot is compared with the disk.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'size-gib': { type: 'string', default: '100' },
    'data-gib': { type: 'string', default: '4' },
    'changed-gib': { type: 'string', default: '1' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const GIB = 2 ** 30;
const MIB = 2 ** 20;
const sizeBytes = Number(values['size-gib']) * GIB;
const changedBytes = Number(values['changed-gib']) * GIB;
const rounds = Number(values.rounds);
const REGION = 'cn-hangzhou';
const VOLUME = 'v-1';

const folder = mkdtempSync(join(values.folder, 'tongjing-bench-'));
const mirrorPath = join(folder, 'mirror.raw');
const fullPath = join(folder, 'full.qcow2');
const figures = createFigures();
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const seconds = (name: string) => `${figures.median(name).toFixed(2)} s`;
const gib = (bytes: number) => `${(bytes / GIB).toFixed(2)} GiB`;
const isMet = printClaims([
  {
    what: `bytes moved by a snapshot, ${gib(changedBytes)} of ${values['size-gib']} GiB changed; against what it changed`,
    ours: gib(figures.median('moved')),
    peer: gib(changedBytes),
    figure: figures.largest('moved') / changedBytes,
    target: 1.1,
    unit: 'x',
  },
  {
    what: `time until it is stored, against \`qemu-img convert\` of the disk (${values['data-gib']} GiB of data)`,
    ours: seconds('snapshot'),
    peer: seconds('full'),
    figure: figures.median('snapshot') / figures.median('full'),
    target: 0.5,
    unit: 'x',
  },
  {
    what: 'time until writing goes on',
    ours: seconds('freeze'),
    peer: '',
    figure: figures.largest('freeze'),
    target: 1,
    unit: ' s',
  },
]);
process.exitCode = isMet ? 0 : 1;

async function measure(): Promise<void> {
  await using blocks = openBlocks({ dataFolder: folder, ids: createIds(), log: silentLog });
  await using volumes = await openVolumes({ dataFolder: folder, blocks, keys: noKeys, log: silentLog });
  await volumes.create({ volumeId: VOLUME, regionId: REGION, sizeBytes, baseRoot: null, keyId: null });
  const { socketPath } = await volumes.open(VOLUME);
  const client = await connectNbd(socketPath);
  const mirror = openSync(mirrorPath, 'w');
  ftruncateSync(mirror, sizeBytes);
  const piece = Buffer.alloc(MIB);
  const written = new Set<number>();

  /** Random content at so many random places. */
  async function write(bytes: number): Promise<void> {
    const places = sizeBytes / MIB;
    const chosen = new Set<number>();
    while (chosen.size < Math.min(bytes / MIB, places)) chosen.add(Math.floor(Math.random() * places));
    for (const place of chosen) {
      randomFillSync(piece);
      writeSync(mirror, piece, 0, MIB, place * MIB);
      await client.write(place * MIB, piece);
      written.add(place);
    }
    await client.flush();
    spawnSync('sync');
  }

  async function snapshot(name: string): Promise<{ stored: StoredDisk; freezeS: number; totalS: number }> {
    const startedAt = performance.now();
    await volumes.freeze([VOLUME], name);
    const freezeS = (performance.now() - startedAt) / 1000;
    await using lease = await blocks.lease(REGION);
    const stored = await volumes.store(VOLUME, name, { lease });
    const totalS = (performance.now() - startedAt) / 1000;
    await volumes.thaw(VOLUME, name, { root: stored.root });
    return { stored, freezeS, totalS };
  }

  console.error('Filling the disk');
  await write(Number(values['data-gib']) * GIB);
  let last = (await snapshot('first')).stored;
  for (let round = 1; round <= rounds; round++) {
    console.error(`Round ${round} of ${rounds}`);
    await write(changedBytes);
    const before = (await blocks.usage(REGION)).segmentBytes;
    const { stored, freezeS, totalS } = await snapshot(`round-${round}`);
    figures.add('moved', (await blocks.usage(REGION)).segmentBytes - before);
    figures.add('snapshot', totalS);
    figures.add('freeze', freezeS);
    figures.add('full', timed('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', mirrorPath, fullPath]).seconds);
    last = stored;
  }
  closeSync(mirror);
  await client.disconnect();
  compare(blocks.folder(REGION), last, written);
}

/** Everything that was ever written, with the mirror; and nothing else is there. */
function compare(storeFolder: string, { root }: StoredDisk, written: ReadonlySet<number>): void {
  const disk = openDiskReader(storeFolder, root, sizeBytes);
  const mirror = openSync(mirrorPath, 'r');
  const expected = Buffer.alloc(CHUNK_BYTES);
  const chunks = chunkCount(sizeBytes);
  let found = 0;
  for (let index = disk.nextData(0); index < chunks; index = disk.nextData(index + 1)) {
    readSync(mirror, expected, 0, CHUNK_BYTES, index * CHUNK_BYTES);
    if (!disk.readChunk(index)?.equals(expected)) throw new Error(`the snapshot differs at ${index * CHUNK_BYTES}`);
    found++;
  }
  closeSync(mirror);
  disk.close();
  if (found !== (written.size * MIB) / CHUNK_BYTES) throw new Error(`the snapshot has ${found} chunks of data`);
}
