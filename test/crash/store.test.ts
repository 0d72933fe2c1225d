import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIds } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { openBlocks, type Blocks } from '../../src/blocks/blocks.ts';
import { openDiskReader } from '../../src/blocks/diskReader.ts';
import { temporaryFolder } from '../../src/blocks/storeFixture.ts';
import { createRandom, type Random } from '../workload/random.ts';
import { reachable, stored } from '../workload/storeWalk.ts';
import { createChunks, DISK_BYTES, DISK_CHUNKS, readRecords, REGIONS, rootsIn, writeRecords } from './storeModel.ts';

const chunkOf = createChunks();

/** `CRASH_POINTS`, `CRASH_SEED` replays the choices; the threads' own timing is the machine's. */
test('a store whose owner is killed at any moment has every recorded disk, and after a collection nothing else', async (t) => {
  const points = Number(process.env['CRASH_POINTS'] ?? 45);
  const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`${points} points, seed ${seed}`);
  using temporary = temporaryFolder('crash-store');
  const folder = temporary.path;
  writeRecords(folder, {});
  const random = createRandom(seed);
  let killed = 0;
  for (let point = 0; point < points; point++) {
    const cut = chooseCut(random);
    const where = `seed ${seed}, point ${point}, ${cut}`;
    const signal = await work(folder, random.below(2 ** 31), 3, cut);
    if (signal) killed++;
    await check(folder, random, where);
  }
  t.diagnostic(`${killed} of ${points} were killed`);
  assert.ok(killed > points / 2, 'most points are reached');
  assert.equal(await work(folder, seed, 4, null), null);
  await check(folder, random, `seed ${seed}, at the end`);
});

function chooseCut(random: Random): string {
  const kind = random.pick(['write', 'sync', 'name', 'commit', 'any']);
  return `${kind} ${1 + random.below(kind === 'any' ? 150 : 30)} ${random.pick(['before', 'after'])} start`;
}

/** Answers the signal that ended the child, or null when it came to its own end. */
async function work(folder: string, seed: number, rounds: number, cut: string | null): Promise<NodeJS.Signals | null> {
  const argv = ['--disable-warning=ExperimentalWarning'];
  if (cut) argv.push('--import', new URL('./cut.ts', import.meta.url).href);
  argv.push(new URL('./storeWork.ts', import.meta.url).pathname, folder, String(seed), String(rounds));
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, TONGJING_TEST_CUT: cut ?? '' },
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  assert.ok(code === 0 || signal === 'SIGKILL', `the child failed by itself (${code}, ${signal}):\n${complaints}`);
  return signal;
}

async function check(folder: string, random: Random, where: string): Promise<void> {
  await using blocks = openBlocks({ dataFolder: folder, ids: createIds(), log: silentLog });
  const records = readRecords(folder);
  for (const path of globSync('*.raw', { cwd: folder })) rmSync(join(folder, path));
  for (const regionId of REGIONS) {
    const storeFolder = blocks.folder(regionId);
    {
      // The first lease waits until what the crash left is removed.
      await using _lease = await blocks.lease(regionId);
      const { segments, files } = stored(storeFolder);
      assert.deepEqual(files, segments, `${where}: the segment files of ${regionId} are those of its index`);
    }
    checkDisks(blocks, regionId, random, where);
    const roots = rootsIn(records, regionId);
    assert.deepEqual((await blocks.verify(regionId, roots)).damaged, [], `${where}: ${regionId} is whole`);
    await blocks.collect(regionId, async () => roots);
    const { chunks, segments, files } = stored(storeFolder);
    assert.deepEqual(
      [...chunks].sort(),
      [...reachable(storeFolder, roots)].sort(),
      `${where}: stored is reachable in ${regionId}`,
    );
    assert.deepEqual(files, segments, `${where}: no file of ${regionId} is left over`);
    checkDisks(blocks, regionId, random, `${where}, collected`);
  }
}

/** Every chunk that was written, and some that were not. */
function checkDisks(blocks: Blocks, regionId: string, random: Random, where: string): void {
  for (const [name, disk] of Object.entries(readRecords(join(blocks.folder(regionId), '..', '..')))) {
    if (disk.regionId !== regionId) continue;
    const reader = openDiskReader(blocks.folder(regionId), disk.root, DISK_BYTES);
    const others = Array.from({ length: 5 }, () => random.below(DISK_CHUNKS));
    for (const index of new Set([...Object.keys(disk.words).map(Number), ...others])) {
      const word = disk.words[index];
      const plain = reader.readChunk(index);
      const isRight = word === undefined ? plain === null : plain?.equals(chunkOf(word));
      assert.ok(isRight, `${where}: chunk ${index} of ${name} in ${regionId}`);
    }
    reader.close();
  }
}
