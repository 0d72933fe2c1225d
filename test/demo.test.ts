import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createWorld } from './world.ts';

const execute = promisify(execFile);
const bin = new URL('../bin/tongjing', import.meta.url).pathname;

/** A small ext4 file system in the place of Debian's. */
async function smallDisk(context: TestContext): Promise<{ folder: string; disk: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-demo-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, 'root');
  for (const path of ['etc', 'var']) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'var', 'noise-of-old'), randomBytes(4 * 1024 ** 2));
  const disk = join(folder, 'disk.raw');
  await execute('mke2fs', ['-q', '-t', 'ext4', '-d', root, '-F', disk, '64M'], {
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  return { folder, disk };
}

test(
  'the demo takes a disk through its life on a service of its own, and leaves nothing',
  { timeout: 600_000 },
  async (context) => {
    const { folder, disk } = await smallDisk(context);
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    const { stdout } = await execute(bin, ['demo', 'life', '--disk', disk, '--data', join(folder, 'none')], {
      env: { ...process.env, TMPDIR: temporary },
    });
    assert.match(stdout, /^On a service of its own/m);
    assert.match(stdout, /^STEP +TIME +LOGICAL +STORED$/m);
    assert.equal(stdout.match(/^ {4}equal {3}/gm)?.length, 10);
    assert.match(stdout, /the file system is clean; \/etc\/tongjing-demo says: written by Alice/);
    assert.match(stdout, /^REGION +IMAGES +SNAPSHOTS +INSTANCES +DATA +DISTINCT +STORED\ncn-beijing .*\ncn-hangzhou /m);
    assert.match(stdout, /of data are .* of distinct chunks, stored in .*: 1 : [\d.]+\.\n$/);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.includes('demo')),
      [],
    );
  },
);

test('on a service that runs, the demo cleans up behind itself', { timeout: 600_000 }, async (context) => {
  const { disk } = await smallDisk(context);
  await using world = await createWorld({ disks: 'real', ownClock: true });
  const { stdout, stderr } = await execute(bin, ['demo', 'life', '--disk', disk, '--data', world.dataDir]);
  assert.match(stdout, /^On the service that runs at /m);
  assert.equal(stderr, '');
  await world.settled();
  const { read } = world.parts.database;
  for (const table of ['instances', 'disks', 'snapshots', 'vpcs', 'vSwitches', 'securityGroups'] as const) {
    assert.deepEqual(await read.selectFrom(table).selectAll().execute(), [], table);
  }
  assert.deepEqual(await read.selectFrom('images').select('id').where('deletedAt', 'is', null).execute(), []);
});
