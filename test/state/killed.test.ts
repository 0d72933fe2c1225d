import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { openDataFolder } from '../../src/records/dataFolder.ts';
import { createFrameReader } from '../../src/state/frames.ts';
import { contentOf, createLifeWorld, MIB } from '../requirements/world.ts';
import { tongjing } from './command.ts';

/** kill -9 at each thing that a command does to the disk. What is left is what was there before, or what shall be there. */

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tongjing-state-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const world = join(folder, 'world');
const file = join(folder, 'world.state');
await (async () => {
  await using life = await createLifeWorld({}, { dataDir: world });
  const alice = await life.tenant('alice');
  const { diskIds } = await alice.run(await life.image(contentOf('base', 300_000)));
  await life.write(diskIds[0]!, 0, contentOf('system', MIB));
})();
(await tongjing(['state', 'save', file, '--json', '--data', world])).json();

const LARGEST_POINT = 2000;
const run = promisify(execFile);

/** Runs `tongjing state …`, killed at the n-th thing that it does; false: it had done all before. */
async function isKilled(point: number, moment: 'before' | 'after', args: readonly string[]): Promise<boolean> {
  const env = {
    ...process.env,
    TONGJING_TEST_CUT: `any ${point} ${moment} start`,
    NODE_OPTIONS: `--import=${join(root, 'test/crash/cut.ts')}`,
  };
  try {
    await run(join(root, 'bin/tongjing'), ['state', ...args], { env });
    return false;
  } catch (error) {
    assert.equal((error as { signal?: string }).signal, 'SIGKILL', String(error));
    return true;
  }
}

/** Kills at one point after another, at first each, then further and further apart, and at the last ones, where one world becomes the other, closer again. */
async function eachPoint(work: (point: number, moment: 'before' | 'after') => Promise<boolean>): Promise<number> {
  let last = 0;
  let kills = 0;
  for (let point = 1; point < LARGEST_POINT; point += Math.ceil(point / 3)) {
    kills++;
    if (!(await work(point, point % 2 === 0 ? 'before' : 'after'))) break;
    last = point;
  }
  for (let point = Math.max(1, last - 6); await work(point, 'before'); point += 3) kills++;
  return kills;
}

/** Every file of a world with its bytes, but for what differs each time: names of segments, indexes, what a service adds. */
function lookOf(dataDir: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(dataDir.length + 1);
    if (!entry.isFile() || !/^(?:records\.db$|root\.key|regions|volumes|objects|loading|loaded|placing)/.test(name))
      continue;
    if (/^regions\/.*index\.db|state\.db/.test(name)) continue;
    const bytes = statSync(path).size > 64 * MIB ? Buffer.from(String(statSync(path).size)) : readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    found.push(`${name.replace(/loaded-[0-9a-f]{12}/, 'segment')} ${digest}`);
  }
  return found.sort();
}

/** What the next start finds. */
function afterRestart(dataDir: string): string[] {
  if (!existsSync(dataDir)) return [];
  openDataFolder(dataDir)[Symbol.dispose]();
  return lookOf(dataDir);
}

test('a load into a new folder', { timeout: 600_000 }, async (t) => {
  const whole = join(folder, 'whole');
  (await tongjing(['state', 'load', file, '--json', '--data', whole])).json();
  const expected = lookOf(whole);
  const target = join(folder, 'target');
  const outcomes = { nothing: 0, all: 0 };
  const kills = await eachPoint(async (point, moment) => {
    rmSync(target, { recursive: true, force: true });
    const killed = await isKilled(point, moment, ['load', file, '--data', target]);
    const found = afterRestart(target);
    if (found.length > 0) assert.deepEqual(found, expected, `${point} ${moment}`);
    outcomes[found.length > 0 ? 'all' : 'nothing']++;
    assert.ok(killed || found.length > 0);
    return killed;
  });
  assert.ok(outcomes.nothing > 2 && outcomes.all > 2, JSON.stringify(outcomes));
  t.diagnostic(`${kills} kills: ${JSON.stringify(outcomes)}`);
});

test('a load in the place of another world', { timeout: 600_000 }, async (t) => {
  const former = join(folder, 'former');
  await (async () => {
    await using life = await createLifeWorld({}, { dataDir: former });
    await life.image(contentOf('another', 200_000));
  })();
  const before = lookOf(former);
  const whole = join(folder, 'whole-again');
  (await tongjing(['state', 'load', file, '--json', '--data', whole])).json();
  const expected = lookOf(whole);
  const target = join(folder, 'replaced');
  const outcomes = { former: 0, loaded: 0 };
  const kills = await eachPoint(async (point, moment) => {
    rmSync(target, { recursive: true, force: true });
    cpSync(former, target, { recursive: true });
    const killed = await isKilled(point, moment, ['load', file, '--replace', '--data', target]);
    const found = afterRestart(target);
    const isFormer = found.length === before.length && found.every((line, index) => line === before[index]);
    if (!isFormer) assert.deepEqual(found, expected, `${point} ${moment}`);
    outcomes[isFormer ? 'former' : 'loaded']++;
    assert.ok(killed || !isFormer);
    return killed;
  });
  assert.ok(outcomes.former > 2 && outcomes.loaded > 2, JSON.stringify(outcomes));
  t.diagnostic(`${kills} kills: ${JSON.stringify(outcomes)}`);
});

test('a save over an older file', { timeout: 600_000 }, async (t) => {
  const path = join(folder, 'saved.state');
  const before = lookOf(world);
  let whole = 0;
  const kills = await eachPoint(async (point, moment) => {
    writeFileSync(path, 'older');
    const killed = await isKilled(point, moment, ['save', path, '--data', world]);
    if (readFileSync(path).toString('latin1', 0, 5) !== 'older') {
      whole++;
      const input = openSync(path, 'r');
      const reader = createFrameReader(input);
      for (let kind = reader.peek(); kind !== 'DONE'; kind = reader.peek()) reader.take(kind);
      reader.end();
      closeSync(input);
    } else assert.ok(killed);
    assert.deepEqual(afterRestart(world), before);
    return killed;
  });
  assert.ok(whole > 0);
  t.diagnostic(`${kills} kills, ${whole} whole`);
});
