import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjing as runTongjing } from '../tongjing.ts';
import { until } from '../until.ts';
import { createWorld, type World } from '../world.ts';

const HANGZHOU = 'cn-hangzhou';

const tongjing = ({ dataDir }: World, args: readonly string[], around?: Parameters<typeof runTongjing>[2]) =>
  runTongjing(dataDir, ['image', ...args], around);

/** The same small disk as a qcow2 file, and a server that has it: `/disk.qcow2`, and `/slow`, which never ends. */
async function createPlace() {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-pull-'));
  const raw = join(folder, 'disk.raw');
  writeFileSync(raw, Buffer.concat([Buffer.alloc(700_000, 'some text '), Buffer.alloc(348_576)]));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(folder, 'disk.qcow2')]);
  const bytes = readFileSync(join(folder, 'disk.qcow2'));
  const server = createServer((request, response) => {
    if (request.url === '/slow') response.write(bytes.subarray(0, 1000));
    else if (request.url === '/away') response.writeHead(302, { location: '/disk.qcow2' }).end();
    else if (request.url === '/disk.qcow2') response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    folder,
    raw,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true });
    },
  };
}

const scratchOf = (world: World) => {
  const folder = join(world.dataDir, 'scratch');
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** Bytes of an image's system disk. */
async function contentOf(world: World, imageId: string, path: string): Promise<Buffer> {
  const { regionId, root, sizeBytes } = await world.parts.database.read
    .selectFrom('snapshots')
    .innerJoin('imageDisks', 'imageDisks.snapshotId', 'snapshots.id')
    .select(['snapshots.regionId', 'snapshots.root', 'snapshots.sizeBytes'])
    .where('imageDisks.imageId', '=', imageId)
    .executeTakeFirstOrThrow();
  await world.parts.transfers.exportFile({ regionId, root, sizeBytes, key: null }, path, {});
  return readFileSync(path);
}

const ownImages = (world: World) =>
  world.parts.database.read
    .selectFrom('images')
    .select(['id', 'status'])
    .where('accountId', '=', world.operator.accountId)
    .where('deletedAt', 'is', null)
    .execute();

test('an image of another server’s file, for its operator or for everybody', async () => {
  await using world = await createWorld({ disks: 'real' });
  await using place = await createPlace();
  const how = ['--sha256', place.sha256, '--format', 'qcow2', '--allow-private'];
  const pulled = await tongjing(world, ['pull', `${place.url}/disk.qcow2`, '--name', 'pulled', ...how]);
  assert.equal(pulled.code, 0, pulled.err);
  assert.match(pulled.err, /^Importing m-\S+ \d+%/m);
  assert.ok((await contentOf(world, pulled.out, join(place.folder, 'out'))).equals(readFileSync(place.raw)));

  const everybodys = ['--name', 'for-everybody', '--public', '--follow-redirects'];
  const away = await tongjing(world, ['pull', `${place.url}/away`, ...everybodys, ...how]);
  assert.equal(away.code, 0, away.err);
  const alice = await world.account('alice');
  const asked = new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId: away.out });
  const [image] = (await world.ecs(alice).describeImages(asked)).body!.images!.image!;
  assert.deepEqual([image?.imageOwnerAlias, image?.status, image?.size], ['system', 'Available', 1]);

  assert.deepEqual(scratchOf(world), []);
});

test('a pull gives an entry of the catalogue its own disk', async () => {
  await using world = await createWorld({ disks: 'real', config: { catalogue: true } });
  await using place = await createPlace();
  const id = 'centos_7_9_x64_20G_alibase_20230109.vhd';
  const how = ['--sha256', place.sha256, '--format', 'qcow2', '--allow-private'];
  const ran = await tongjing(world, ['pull', `${place.url}/disk.qcow2`, '--as', id, ...how]);
  assert.deepEqual([ran.code, ran.out], [0, id], ran.err);
  const out = join(place.folder, 'out.raw');
  assert.equal((await tongjing(world, ['export', id, out])).code, 0);
  assert.ok(readFileSync(out).equals(readFileSync(place.raw)));
  const failed = await tongjing(world, ['pull', `${place.url}/none`, '--as', id, ...how]);
  assert.match(failed.err, /^DownloadFailed: /m);
  assert.deepEqual(scratchOf(world), []);
});

test('a pull that fails says why, and leaves neither an image nor a file', async () => {
  await using world = await createWorld({ disks: 'real' });
  await using place = await createPlace();
  const url = `${place.url}/disk.qcow2`;
  const form = ['--format', 'qcow2'];
  const sum = ['--sha256', place.sha256];
  const local = '--allow-private';
  const wrong: [code: string, exit: number, args: string[]][] = [
    ['AddressRefused', 1, [url, ...sum, ...form]],
    ['RedirectRefused', 1, [`${place.url}/away`, ...sum, ...form, local]],
    ['DownloadFailed', 1, [`${place.url}/none`, ...sum, ...form, local]],
    ['ChecksumMismatch', 1, [url, '--sha256', '0'.repeat(64), ...form, local]],
    ['FileTooLarge', 1, [url, ...sum, ...form, local, '--max-size', '0.0001']],
    ['ImageFileInvalid', 1, [url, ...sum, '--format', 'vhd', local]],
    ['InvalidParameter', 1, ['ftp://disks.example/disk', ...sum, ...form]],
    ['InvalidParameter', 1, [url.replace('//', '//user:secret@'), ...sum, ...form]],
    ['InvalidParameter', 1, [url, '--sha256', 'abc', ...form]],
    ['Usage', 2, [url, ...sum, ...form, '--max-size', 'much']],
    ['Usage', 2, [url, ...form, local]],
    ['Usage', 2, [url, ...sum, local]],
    ['Usage', 2, [url, ...sum, ...form, local, '--plain-http']],
    ['Usage', 2, ['oci://127.0.0.1:9/lab/disk:1', ...sum]],
    ['Usage', 2, ['oci://127.0.0.1:9/lab/disk:1', local]],
  ];
  for (const [code, exit, args] of wrong) {
    const ran = await tongjing(world, ['pull', ...args, '--name', 'pulled']);
    assert.deepEqual([ran.code, ran.out], [exit, ''], ran.err);
    assert.match(ran.err, new RegExp(`^${code}: `, 'm'));
    assert.deepEqual([await ownImages(world), scratchOf(world)], [[], []], code);
  }
  assert.equal((await tongjing(world, ['pull', url, ...sum, ...form, local])).code, 2, 'neither --name nor --as');
  await world.settled();
  await world.parts.blocks.collect(HANGZHOU, async () => []);
  assert.deepEqual(await world.parts.blocks.usage(HANGZHOU), { chunks: 0, storedBytes: 0, segmentBytes: 0 });
});

test('a pull that is interrupted leaves nothing', async () => {
  await using world = await createWorld({ disks: 'real' });
  await using place = await createPlace();
  const args = [
    'pull',
    `${place.url}/slow`,
    '--sha256',
    place.sha256,
    '--format',
    'qcow2',
    '--allow-private',
    '--name',
    'slow',
  ];
  const interruptible = Promise.withResolvers<() => void>();
  const running = tongjing(world, args, { interrupt: interruptible.resolve });
  const interrupt = await interruptible.promise;
  await until(() => scratchOf(world).length > 0);
  interrupt();
  const ran = await running;
  assert.equal(ran.code, 130, ran.err);
  assert.deepEqual([await ownImages(world), scratchOf(world)], [[], []]);
});

test('standard input becomes an image, and leaves no file, however it ends', async () => {
  await using world = await createWorld({ disks: 'real' });
  await using place = await createPlace();
  const half = place.bytes.length / 2;
  const pieces = () => Readable.from([place.bytes.subarray(0, half), place.bytes.subarray(half)]);
  const named = ['import', '-', '--name', 'piped'];
  assert.equal((await tongjing(world, named, { input: pieces() })).code, 2);
  const bad = await tongjing(world, [...named, '--format', 'vhd'], { input: pieces() });
  assert.equal(bad.code, 1);
  assert.match(bad.err, /^ImageFileInvalid: /m);
  const broken = Readable.from(
    (async function* () {
      yield place.bytes.subarray(0, half);
      throw new Error('the pipe broke');
    })(),
  );
  const cut = await tongjing(world, [...named, '--format', 'qcow2'], { input: broken });
  assert.match(cut.err, /^InputFailed: .*the pipe broke/m);
  const endless = new Readable({ read() {} });
  endless.push(place.bytes);
  const interruptible = Promise.withResolvers<() => void>();
  const running = tongjing(world, [...named, '--format', 'qcow2'], {
    input: endless,
    interrupt: interruptible.resolve,
  });
  const interrupt = await interruptible.promise;
  await until(() => scratchOf(world).length > 0);
  interrupt();
  assert.equal((await running).code, 130);
  assert.deepEqual([await ownImages(world), scratchOf(world)], [[], []]);

  const good = await tongjing(world, [...named, '--format', 'qcow2'], { input: pieces() });
  assert.equal(good.code, 0, good.err);
  assert.ok((await contentOf(world, good.out, join(place.folder, 'out'))).equals(readFileSync(place.raw)));
  assert.deepEqual(scratchOf(world), []);
});
