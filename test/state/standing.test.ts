import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from '../requirements/world.ts';
import { openNbd } from '../workload/nbdClient.ts';
import { killAll, startProcess } from '../workload/serviceProcess.ts';
import { createWorld, type World } from '../world.ts';
import { tongjing } from './command.ts';

/** What a service does while it is saved. */

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const operator = async (world: World, path: string, body: object) => {
  const response = await fetch(`${world.endpoint}/_tongjing/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.service.operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};

test('calls are refused as at a start, jobs are interrupted and go on, nothing else begins', async (t) => {
  await using world = await createWorld();
  const file = join(scratch(t), 'world.state');
  const disk = join(scratch(t), 'disk.raw');
  writeFileSync(disk, 'debian');
  world.plane.files.set(disk, 'debian');
  const letImport = world.plane.hold('import');
  const wish = { path: disk, format: 'raw', name: 'mine', regionId: HANGZHOU, isPublic: true };
  const { imageId } = JSON.parse((await operator(world, 'images/import', wish)).text) as { imageId: string };
  await world.plane.called('import');

  const letGo = world.plane.hold('still');
  const saving = tongjing(['state', 'save', file, '--json', '--data', world.dataDir]);
  await world.plane.called('still');
  await assert.rejects(world.ecs().describeRegions(new sdk.DescribeRegionsRequest()), {
    code: 'ServiceUnavailable',
    statusCode: 503,
  });
  const reset = await operator(world, 'reset', {});
  assert.equal(reset.status, 503);
  assert.match(reset.text, /NotReady/);
  assert.match((await operator(world, 'state/save', { path: `${file}.2` })).text, /NotReady/);
  const again = world.plane.called('import');
  letGo();
  const saved = (await saving).json<{ volumes: number; chunks: number }>();
  assert.deepEqual([saved.volumes, saved.chunks], [0, 0]);
  await again;
  letImport();
  await world.settled();
  const { body } = await world.ecs().describeImages(new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId }));
  assert.equal(body!.images!.image![0]!.status, 'Available');
});

test('a save that fails, or that nobody waits for, leaves the service as it was', async (t) => {
  await using world = await createWorld();
  const folder = scratch(t);
  world.plane.failNext('still', new Error('of our own'));
  await operator(world, 'state/save', { path: join(folder, 'x') }).catch(() => {});
  await world.ecs().describeRegions(new sdk.DescribeRegionsRequest());
  const ran = await tongjing(['state', 'save', folder, '--data', world.dataDir]);
  assert.match(ran.err, /^NotAFile: /m);
  await world.ecs().describeRegions(new sdk.DescribeRegionsRequest());
});

test('who writes to a disk waits, and goes on; what was flushed before is in the file, in the order of the flushes', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'world.state');
  const loaded = join(folder, 'loaded');
  const BLOCK = 4096;
  const block = (number: number) => contentOf(`block ${number}`, BLOCK);
  let diskId: string;
  let flushed = 0;
  let written = 0;
  {
    await using life = await createLifeWorld();
    const alice = await life.tenant('alice');
    diskId = (await alice.run(await life.image(contentOf('base', 300_000)))).diskIds[0]!;
    const { uri } = await life.operator<{ uri: string }>('nbd', { id: diskId });
    const client = await openNbd(decodeURIComponent(new URL(uri).searchParams.get('socket')!));
    const write = async () => {
      await client.write(written * BLOCK, block(written));
      await client.flush();
      written++;
    };
    for (let count = 0; count < 100; count++) await write();
    flushed = written;
    const stopping = new AbortController();
    const writeOn = async () => {
      while (!stopping.signal.aborted) await write();
    };
    const writing = writeOn();
    (await tongjing(['state', 'save', file, '--json', '--data', life.world.dataDir])).json();
    stopping.abort();
    await writing;
    for (let count = 0; count < 10; count++) await write();
    await client.close();
    const all = await life.read(diskId, 0, written * BLOCK);
    for (let number = 0; number < written; number++)
      assert.ok(all.subarray(number * BLOCK, (number + 1) * BLOCK).equals(block(number)), `block ${number}`);
  }
  (await tongjing(['state', 'load', file, '--json', '--data', loaded])).json();
  await using life = await createLifeWorld({}, { dataDir: loaded });
  const all = await life.read(diskId, 0, written * BLOCK);
  const isThere = Array.from({ length: written }, (_, number) =>
    all.subarray(number * BLOCK, (number + 1) * BLOCK).equals(block(number)),
  );
  const count = isThere.indexOf(false);
  assert.ok(count >= flushed, `${count} of ${flushed} that were flushed before`);
  assert.ok(!isThere.slice(count).includes(true), 'nothing later without what was flushed before it');
});

test('disks that are served though the service is gone: nothing is saved or replaced from outside', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'world.state');
  const dataDir = join(folder, 'data');
  const logFile = join(folder, 'log');
  t.after(() => killAll(dataDir));
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, contentOf('disk', 300_000));
  let service = await startProcess({ dataDir, logFile });
  const command = (...args: string[]) => tongjing([...args, '--json', '--data', dataDir]);
  const { imageId } = (await command('image', 'import', disk, '--name', 'mine')).json<{ imageId: string }>();
  const operate = async (path: string, body: object) => {
    const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${service.endpoint}/_tongjing/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { uri: string };
  };
  const { uri } = await operate('nbd', { id: imageId });
  const client = await openNbd(decodeURIComponent(new URL(uri).searchParams.get('socket')!));
  (await command('state', 'save', file)).json();
  await service.kill();
  for (const args of [
    ['save', `${file}.2`],
    ['load', file, '--replace'],
  ]) {
    const ran = await command('state', ...args);
    assert.match(ran.err, /^DisksServed: .*\nStart the service/m);
  }
  assert.equal(existsSync(`${file}.2`), false);
  await client.close();
  // The next service saves itself, and once it is stopped the folder can be replaced.
  service = await startProcess({ dataDir, logFile });
  (await command('state', 'save', `${file}.2`)).json();
  await service.stop();
  (await command('state', 'load', `${file}.2`, '--replace')).json();
});
