import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createIds } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { WorldFault } from '../../src/base/worldFault.ts';
import { openBlocks } from '../../src/blocks/blocks.ts';
import { openDiskReader } from '../../src/blocks/diskReader.ts';
import { chunkCount } from '../../src/blocks/format.ts';
import { temporaryFolder } from '../../src/blocks/storeFixture.ts';
import { inspect } from '../../src/disks/transfer/open.ts';
import { openTransfers } from '../../src/disks/transfers.ts';
import { until } from '../until.ts';
import { hostileCorpus } from './corpus.ts';

const REGION = 'cn-hangzhou';
const SECRET = 'nobody may ever read this line';
/** Of processor time, by file, of this process and those that it starts: a loaded machine gives a file no more of it … */
const MOST_MS = 1000;
/** … and a slower one as much more of it as of this, which takes a desktop computer's processor no more than that. */
const YARDSTICK_MS = 150;
const yardstick = () => gzipSync(Buffer.alloc(32 * 2 ** 20, 'some text '));
/** What this process grows by at most, with the files that it makes. */
const MOST_MIB = 256;
const REFUSALS = new Set(['ImageFileInvalid', 'VhdSizeInvalid']);
/** Of the times of a process' children in /proc, on every Linux. */
const TICKS_PER_SECOND = 100;
/** Looked at for the secret, of a disk that may say it is vast. */
const CHUNKS_READ = 64;

/** Of this process and of its children that have ended. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return (user + system) / 1000 + (ticks * 1000) / TICKS_PER_SECOND;
}

/** Those of this process that are under a path. */
const openUnder = (path: string) =>
  readdirSync('/proc/self/fd').filter((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`).startsWith(path);
    } catch {
      // Closed since it was listed.
      return false;
    }
  }).length;
const children = () =>
  readdirSync('/proc/self/task').flatMap((thread) => {
    const path = `/proc/self/task/${thread}/children`;
    return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean) : [];
  }).length;

test('hostile files are refused or are plain data, quickly, in little memory, and nothing else is touched', async (t) => {
  using temporary = temporaryFolder('hostile');
  const [files, dataFolder] = [join(temporary.path, 'files'), join(temporary.path, 'data')];
  const scratchFolder = join(temporary.path, 'scratch');
  mkdirSync(files);
  const secret = join(files, 'secret');
  writeFileSync(secret, SECRET.repeat(40_000));
  const blocks = openBlocks({ dataFolder, ids: createIds(), log: silentLog });
  await using _blocks = { [Symbol.asyncDispose]: () => blocks[Symbol.asyncDispose]() };
  await using transfers = openTransfers({ blocks, threads: 1, scratchFolder });
  const path = join(temporary.path, 'hostile');
  const beside = () => readdirSync(temporary.path).filter((name) => name !== 'scratch');
  writeFileSync(path, '');
  mkdirSync(dataFolder, { recursive: true });
  const before = beside();

  const yardstickBegun = processorMs();
  yardstick();
  const slowness = Math.max(1, (processorMs() - yardstickBegun) / YARDSTICK_MS);
  const atFirst = process.memoryUsage.rss() / 2 ** 20;
  let count = 0;
  let refused = 0;
  let longestMs = 0;
  let slowest = { name: '', ms: 0 };
  const wrong: string[] = [];
  for (const { name, bytes, format, packing, isDamaged, outcome, code } of hostileCorpus(files, secret)) {
    count++;
    writeFileSync(path, bytes);
    const lease = await blocks.lease(REGION);
    const begunAt = performance.now();
    const begun = processorMs();
    try {
      if (isDamaged && !packing) inspect({ path, format });
      const { root, sizeBytes } = await transfers.importFile({ path, format, packing }, { lease, key: null });
      if (outcome === 'refused') wrong.push(`${name}: taken`);
      if (root !== null) {
        const reader = openDiskReader(blocks.folder(REGION), root, sizeBytes);
        for (let chunk = 0; chunk < Math.min(CHUNKS_READ, chunkCount(sizeBytes)); chunk++)
          if (reader.readChunk(chunk)?.includes(SECRET)) wrong.push(`${name}: read another file`);
        reader.close();
      }
    } catch (error) {
      refused++;
      if (!(error instanceof WorldFault) || !REFUSALS.has(error.code)) wrong.push(`${name}: ${String(error)}`);
      else if (code !== undefined && error.code !== code) wrong.push(`${name}: ${error.code}, not ${code}`);
    }
    const ms = processorMs() - begun;
    longestMs = Math.max(longestMs, performance.now() - begunAt);
    if (ms > slowest.ms) slowest = { name, ms };
    if (existsSync(scratchFolder) && readdirSync(scratchFolder).length > 0) wrong.push(`${name}: left a file`);
    await lease[Symbol.asyncDispose]();
    await blocks.collect(REGION, async () => []);
    if ((await blocks.usage(REGION)).segmentBytes > 0) wrong.push(`${name}: left chunks`);
  }
  const mib = process.resourceUsage().maxRSS / 1024 - atFirst;
  t.diagnostic(
    `${count} files: ${refused} refused; at most ${Math.round(slowest.ms)} ms of processor time (${slowest.name}) and ${Math.round(longestMs)} ms by the clock, ${Math.round(mib)} MiB; the machine is taken for ${slowness.toFixed(1)} times as slow as usual`,
  );
  assert.deepEqual(wrong, []);
  assert.ok(count >= 60);
  assert.ok(slowest.ms < MOST_MS * slowness, `${slowest.name}: ${slowest.ms} ms`);
  assert.ok(mib < MOST_MIB, `${mib} MiB`);
  assert.deepEqual(beside(), before);
  await until(() => openUnder(path) + openUnder(scratchFolder) + children() === 0);
  assert.equal(readFileSync(secret, 'utf8'), SECRET.repeat(40_000));
});
