import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createIds } from '../src/base/ids.ts';
import { silentLog } from '../src/base/log.ts';
import { openBlocks, type Blocks } from '../src/blocks/blocks.ts';
import { openDiskReader } from '../src/blocks/diskReader.ts';
import { CHUNK_BYTES } from '../src/blocks/format.ts';
import { contentKey } from '../src/blocks/storeFixture.ts';
import { connectNbd } from '../src/disks/nbd/client.ts';
import { openVolumes } from '../src/disks/openVolumes.ts';
import type { Volumes } from '../src/disks/volumes.ts';
import type { ContentKey } from '../src/keys/keys.ts';
import { createFigures, printClaims } from './measure.ts';

/**
 * What encryption costs: an encrypted volume against a plain one, in turns, over NBD; its snapshot; and a stored disk copied to another region under a new
 * key against the same copy as it is. The data are random: nothing is gained by compressing. All outputs are compared.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'size-mib': { type: 'string', default: '512' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const MIB = 2 ** 20;
const BLOCK = 4096;
const DEPTH = 16;
const SMALL_REQUESTS = 20_000;
const rounds = Number(values.rounds);
const sizeBytes = Number(values['size-mib']) * MIB;
const REGION = 'cn-hangzhou';
const KEY = contentKey('bench');

interface Kind {
  name: 'plain' | 'encrypted';
  key: ContentKey | null;
}
const kinds: readonly Kind[] = [
  { name: 'plain', key: null },
  { name: 'encrypted', key: KEY },
];

const folder = mkdtempSync(join(values.folder, 'tongjing-bench-'));
const figures = createFigures();
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Times, encrypted against plain: what encrypting may cost before something is wrong. A plain write is a copy into the page cache, which
 * AES of each block in one thread cannot keep up with.
 */
const targets = {
  'sequential write': 4.5,
  'sequential read': 2.5,
  '4 KiB random write': 2,
  '4 KiB random read': 2,
  snapshot: 2.5,
  'copy to another region': 2.5,
};
const isMet = printClaims(
  Object.entries(targets).map(([what, target]) => {
    const [plain, encrypted] = kinds.map(({ name }) => figures.median(`${what} ${name}`)) as [number, number];
    const isSmall = what.startsWith('4 KiB');
    const rate = (seconds: number) =>
      isSmall
        ? `${(SMALL_REQUESTS / seconds / 1000).toFixed(1)}k/s`
        : `${(sizeBytes / MIB / seconds).toFixed(0)} MiB/s`;
    const isCopy = what.startsWith('copy');
    return {
      what: `${what}, encrypted${isCopy ? ' anew' : ''} against plain`,
      ours: rate(encrypted),
      peer: rate(plain),
      figure: encrypted / plain,
      target,
      unit: 'x',
    };
  }),
);
process.exitCode = isMet ? 0 : 1;

async function measure(): Promise<void> {
  await using blocks = openBlocks({ dataFolder: folder, ids: createIds(), log: silentLog });
  await using volumes = await openVolumes({
    dataFolder: folder,
    blocks,
    keys: { open: async () => KEY },
    log: silentLog,
  });
  for (let round = 0; round < rounds; round++) {
    console.error(`Round ${round + 1} of ${rounds}`);
    const content = randomFillSync(Buffer.alloc(sizeBytes));
    const places = Array.from(
      { length: SMALL_REQUESTS },
      () => Math.floor((Math.random() * sizeBytes) / BLOCK) * BLOCK,
    );
    // In turns, each first every other time.
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed())
      await measureVolume(volumes, blocks, kind, Buffer.from(content), places, `${kind.name}-${round}`);
  }
}

async function measureVolume(
  volumes: Volumes,
  blocks: Blocks,
  { name, key }: Kind,
  content: Buffer,
  places: readonly number[],
  volumeId: string,
): Promise<void> {
  await volumes.create({ volumeId, regionId: REGION, sizeBytes, baseRoot: null, keyId: key?.id ?? null });
  const client = await connectNbd((await volumes.open(volumeId)).socketPath);
  const time = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    figures.add(`${what} ${name}`, (performance.now() - startedAt) / 1000);
  };
  const wholes = Array.from({ length: sizeBytes / MIB }, (_, index) => index * MIB);

  // The first writes allocate the file: what counts is the second pass.
  const fill = () => each(wholes, (at) => client.write(at, content.subarray(at, at + MIB)));
  await fill();
  await client.flush();
  await time('sequential write', fill);
  const block = randomFillSync(Buffer.alloc(BLOCK));
  await time('4 KiB random write', () => each(places, (at) => client.write(at, block)));
  for (const at of places) block.copy(content, at);
  await client.flush();
  await time('4 KiB random read', () => each(places, (at) => client.read(at, BLOCK)));
  await time('sequential read', () =>
    each(wholes, async (at) => {
      const found = await client.read(at, MIB);
      if (!found.equals(content.subarray(at, at + MIB))) throw new Error(`${volumeId} differs at ${at}`);
    }),
  );
  await client.flush();

  await volumes.freeze([volumeId], 'one');
  await using lease = await blocks.lease(REGION);
  let root: string | null = null;
  await time('snapshot', async () => ({ root } = await volumes.store(volumeId, 'one', { lease })));
  await volumes.thaw(volumeId, 'one', null);
  await client.disconnect();

  const there = `copy-${volumeId}`;
  await using target = await blocks.lease(there);
  const newKey = key && contentKey('another');
  let copied: string | null = null;
  await time('copy to another region', async () => {
    ({ root: copied } = await blocks.copy({ regionId: REGION, root, sizeBytes, key }, { lease: target, key: newKey }));
  });
  compare(blocks.folder(REGION), root, key, content);
  compare(blocks.folder(there), copied, newKey, content);
  await volumes.remove(volumeId);
  // What is measured next finds nothing of this in its way.
  for (const [held, regionId] of [
    [lease, REGION],
    [target, there],
  ] as const) {
    await held[Symbol.asyncDispose]();
    await blocks.collect(regionId, async () => []);
  }
}

/** Some at once, in order of their places in the list. */
async function each(places: readonly number[], work: (at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < places.length) await work(places[next++]!);
  };
  await Promise.all(Array.from({ length: DEPTH }, worker));
}

function compare(storeFolder: string, root: string | null, key: ContentKey | null, content: Buffer): void {
  const reader = openDiskReader(storeFolder, root, sizeBytes, { key });
  const found = createHash('sha256');
  for (let index = 0; index * CHUNK_BYTES < sizeBytes; index++)
    found.update(reader.readChunk(index) ?? Buffer.alloc(CHUNK_BYTES));
  reader.close();
  if (!found.digest().equals(createHash('sha256').update(content).digest()))
    throw new Error('what is stored is not what was written');
}
