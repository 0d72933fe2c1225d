import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { WorldFault } from '../src/base/worldFault.ts';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/run.ts';
import { rootOf } from './fakes/dataPlane.ts';
import { diskRow } from './fakes/rows.ts';
import { until } from './until.ts';
import { createWorld, type World } from './world.ts';

interface Ran {
  code: number;
  out: string;
  err: string;
}

interface Surroundings {
  isTerminal?: boolean;
  answer?: string | null;
  input?: Buffer[];
  env?: Record<string, string>;
  interrupt?: (act: () => void) => void;
}

async function tongjing(args: readonly string[], around: Surroundings = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTerminal: around.isTerminal ?? false,
    env: around.env ?? {},
    cwd: tmpdir(),
    ask: async () => around.answer ?? null,
    input: () => Readable.from(around.input ?? []),
    onInterrupt(act) {
      around.interrupt?.(act);
      return () => {};
    },
  };
  return { code: await run(args, io), out, err };
}

/** A command line against the world's service. */
const at = (world: World, args: readonly string[], around: Surroundings = {}) =>
  tongjing([...args, '--data', world.dataDir], around);

const json = (ran: Ran): never => {
  assert.equal(ran.code, 0, ran.err);
  return JSON.parse(ran.out) as never;
};

function scratch(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-cli-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('env: the fixed fields, and settings for each client', async () => {
  await using world = await createWorld();
  const settings: Record<string, string> = json(await at(world, ['env', '--json']));
  assert.deepEqual(Object.keys(settings), [
    'endpoint',
    'httpsEndpoint',
    'caFile',
    'regionId',
    'accountId',
    'accessKeyId',
    'accessKeySecret',
    'ossEndpoint',
    's3Endpoint',
    'consoleUrl',
    'dataDir',
  ]);
  assert.equal(settings['endpoint'], world.endpoint);
  assert.equal(settings['accountId'], world.operator.accountId);
  assert.equal(settings['accessKeySecret'], world.operator.accessKeySecret);
  assert.match(readFileSync(settings['caFile']!, 'utf8'), /BEGIN CERTIFICATE/);
  const host = new URL(world.endpoint).host;
  const shell = await at(world, ['env']);
  assert.match(
    shell.out,
    new RegExp(`^export ALIBABA_CLOUD_ACCESS_KEY_SECRET='${world.operator.accessKeySecret}'$`, 'm'),
  );
  assert.match((await at(world, ['env', '--terraform'])).out, new RegExp(`ecs += "${host}"`));
  assert.match((await at(world, ['env', '--packer'])).out, new RegExp(`export HTTP_PROXY='${world.endpoint}'`));
  assert.match((await at(world, ['env', '--aliyun'])).out, new RegExp(`--endpoint '${host}'`));
  assert.match((await at(world, ['env', '--sdk'])).out, new RegExp(`endpoint: '${host}'`));
  assert.equal((await at(world, ['env', '--sdk', '--packer'])).code, 2);
});

test('the data folder comes from --data, TONGJING_DATA, or the current folder', async (context) => {
  await using world = await createWorld();
  const byVariable = await tongjing(['env', '--json'], { env: { TONGJING_DATA: world.dataDir } });
  assert.equal((json(byVariable) as { endpoint: string }).endpoint, world.endpoint);
  const elsewhere = await tongjing(['env'], { env: { TONGJING_DATA: scratch(context) } });
  assert.equal(elsewhere.code, 3);
  assert.match(elsewhere.err, /^NotRunning: /);
  assert.equal(elsewhere.out, '');
});

test('what a killed service announced is not believed', async (context) => {
  const folder = scratch(context);
  const world = await createWorld({ dataDir: folder });
  const announced = readFileSync(join(folder, 'service.json'));
  await world[Symbol.asyncDispose]();
  writeFileSync(join(folder, 'service.json'), announced);
  const ran = await tongjing(['env', '--json', '--data', folder]);
  assert.deepEqual([ran.code, ran.out], [3, '']);
});

test('wrong usage exits 2 and says what is wrong; help exits 0', async () => {
  for (const args of [
    ['teleport'],
    ['image', 'import'],
    ['account', 'create', 'x', '--site', 'mars'],
    ['disk', 'nbd'],
    ['clock', 'advance', 'soon'],
  ]) {
    const ran = await tongjing(args);
    assert.equal(ran.code, 2, args.join(' '));
    assert.notEqual(ran.err, '');
    assert.equal(ran.out, '');
  }
  const help = await tongjing(['--help']);
  assert.equal(help.code, 0);
  for (const word of [
    'serve',
    'env',
    'doctor',
    'account',
    'image',
    'disk',
    'clone',
    'migrate',
    'verify',
    'gc',
    'reset',
    'clock',
    'usage',
    'demo',
    'Exit codes',
  ]) {
    assert.match(help.out, new RegExp(`\\b${word}\\b`), word);
  }
});

test('account create and list', async () => {
  await using world = await createWorld();
  const made: Record<string, string> = json(await at(world, ['account', 'create', 'bob', '--site', 'japan', '--json']));
  assert.deepEqual(Object.keys(made), ['accountId', 'accessKeyId', 'accessKeySecret']);
  const answer = await world.sts(made as never).getCallerIdentity();
  assert.equal(answer.body?.accountId, made['accountId']);
  const accounts: { name: string; site: string }[] = json(await at(world, ['account', 'list', '--json']));
  assert.deepEqual(accounts.map(({ name, site }) => `${name} ${site}`).sort(), ['bob japan', 'operator china']);
  assert.match((await at(world, ['account', 'list'])).out, /^ACCOUNT.*\n(.*\n)*.*bob +japan/);
});

test('image import waits until the image is Available, and prints its id', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  const ran = await at(world, [
    'image',
    'import',
    file,
    '--format',
    'raw',
    '--name',
    'mine',
    '--region',
    'cn-beijing',
    '--json',
  ]);
  const { imageId } = json(ran) as { imageId: string };
  assert.deepEqual(Object.keys(json(ran)), ['imageId']);
  assert.match(ran.err, /^Importing \S+ \d+%\n/);
  const images: { ImageId: string; Status: string }[] = json(
    await at(world, ['image', 'list', '--region', 'cn-beijing', '--json']),
  );
  assert.deepEqual(
    images.map((image) => [image.ImageId, image.Status]),
    [[imageId, 'Available']],
  );
  assert.match(
    (await at(world, ['image', 'list', '--region', 'cn-beijing'])).out,
    new RegExp(`${imageId} +mine +Available`),
  );
  assert.equal(world.plane.content('cn-beijing', rootOf('debian')), 'debian');
});

test('image list says of a copy how fast it goes, and how many go before it', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian'.repeat(1_000_000));
  const imageIds: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    const ran = await at(world, ['image', 'import', file, '--name', name, '--json']);
    imageIds.push((json(ran) as { imageId: string }).imageId);
  }
  const release = world.plane.hold('copy');
  for (const [index, imageId] of imageIds.entries()) {
    const request = { regionId: 'cn-hangzhou', imageId, destinationRegionId: 'cn-beijing' };
    const destinationImageName = ['one', 'two', 'three'][index]!;
    await world.ecs().copyImage(new sdk.CopyImageRequest({ ...request, destinationImageName }));
  }
  const list = async () => (await at(world, ['image', 'list', '--region', 'cn-beijing'])).out;
  await until(async () => /one +Creating 50%/.test(await list()));
  world.advance(10_000);
  assert.match(await list(), /one +Creating 50%, \S+ KiB\/s, \d+ s left/);
  assert.match(await list(), /three +Creating 0%, 2 before it/);
  release();
  await world.settled();
  assert.match(await list(), /one +Available/);
});

test('image import recognises qcow2, and draws a bar on a terminal', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.img');
  writeFileSync(file, Buffer.from('QFI\xfb and so on', 'latin1'));
  world.plane.files.set(file, 'debian');
  const ran = await at(world, ['image', 'import', file, '--name', 'mine', '--public'], { isTerminal: true });
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.err, /\r.*\[#+\] 100%\n$/);
  const [job] = await world.parts.database.read
    .selectFrom('jobs')
    .select('input')
    .where('kind', '=', 'importImage')
    .execute();
  assert.equal((JSON.parse(job!.input) as { format: string }).format, 'qcow2');
  const [image] = await world.parts.database.read.selectFrom('images').select('kind').execute();
  assert.equal(image?.kind, 'system');
});

test('image import --as gives a public image its disk', async (context) => {
  await using world = await createWorld({ config: { catalogue: true } });
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'raw');
  world.plane.files.set(file, 'content');
  const id = 'centos_7_9_x64_20G_alibase_20230109.vhd';
  assert.equal((await at(world, ['image', 'import', file, '--as', id])).out, `${id}\n`);
  const images: { ImageId: string; Tags: object }[] = json(await at(world, ['image', 'list', '--json']));
  assert.match(
    JSON.stringify(images.find(({ ImageId }) => ImageId === id)!.Tags),
    /acs:tongjing:disk","TagValue":"own/,
  );
  const absent = await at(world, ['image', 'import', file, '--as', 'centos_9.vhd']);
  assert.deepEqual([absent.code, absent.err.includes('InvalidImageId.NotFound')], [1, true]);
  for (const options of [[], ['--as', id, '--name', 'both']]) {
    assert.equal((await at(world, ['image', 'import', file, ...options])).code, 2);
  }
});

test('image import of what is no image says so and exits 1', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  const absent = await at(world, ['image', 'import', file, '--name', 'mine']);
  assert.equal(absent.code, 1);
  assert.match(absent.err, /^FileUnreadable: .*ENOENT/);
  writeFileSync(file, 'junk');
  const refused = await at(world, ['image', 'import', file, '--name', 'mine', '--format', 'qcow2', '--json']);
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /^ImageFileInvalid: .*is no image/);
  world.plane.files.set(file, 'junk');
  world.plane.failNext('import', new WorldFault('ImageFileInvalid', 'It is truncated at byte 42.'));
  const failed = await at(world, ['image', 'import', file, '--name', 'mine', '--json']);
  assert.deepEqual([failed.code, failed.out], [1, '']);
  assert.match(failed.err, /ImageFileInvalid: It is truncated at byte 42\.\n$/);
});

test('image import passes the official errors on', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  const name = await at(world, ['image', 'import', file, '--name', 'x']);
  assert.equal(name.code, 1);
  assert.match(name.err, /^InvalidImageName\.Malformed: /);
  const region = await at(world, ['image', 'import', file, '--name', 'mine', '--region', 'cn-atlantis']);
  assert.match(region.err, /^InvalidRegionId\.NotFound: /);
});

test('Ctrl-C cancels an import and leaves nothing of it', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  world.plane.hold('import');
  const ran = await at(world, ['image', 'import', file, '--name', 'mine'], {
    interrupt: (act) => void world.plane.called('import').then(act),
  });
  assert.equal(ran.code, 130);
  assert.match(ran.err, /Cancelled: /);
  assert.equal((await at(world, ['image', 'list'])).out.split('\n').length, 2);
});

test('image export writes the file', async (context) => {
  await using world = await createWorld();
  const folder = scratch(context);
  const file = join(folder, 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  const { imageId } = json(await at(world, ['image', 'import', file, '--name', 'mine', '--json'])) as {
    imageId: string;
  };
  const out = join(folder, 'out.raw');
  assert.deepEqual(json(await at(world, ['image', 'export', imageId, out, '--json'])), { path: out });
  assert.equal(world.plane.files.get(out), 'debian');
  const unknown = await at(world, ['image', 'export', 'm-bp1unknown', out]);
  assert.deepEqual([unknown.code, unknown.err.split(':')[0]], [1, 'InvalidImageId.NotFound']);
  world.plane.failNext('export', new WorldFault('DiskFull', 'No space is left.'));
  const failed = await at(world, ['image', 'export', imageId, out]);
  assert.deepEqual([failed.code, failed.err.split('\n').at(-2)], [1, 'DiskFull: No space is left.']);
});

test('disk list and nbd', async () => {
  await using world = await createWorld();
  const row = diskRow({ id: 'd-bp1one', status: 'Available', accountId: world.operator.accountId });
  await world.parts.database.write((tx) => tx.insertInto('disks').values(row).execute());
  await world.plane.volumes.create({
    volumeId: row.volumeId,
    regionId: row.regionId,
    sizeBytes: 1,
    baseRoot: null,
    keyId: null,
  });
  const disks: { DiskId: string }[] = json(await at(world, ['disk', 'list', '--json']));
  assert.deepEqual(
    disks.map(({ DiskId }) => DiskId),
    ['d-bp1one'],
  );
  assert.match((await at(world, ['disk', 'list'])).out, /d-bp1one +data +Available +20/);
  const served: { uri: string } = json(await at(world, ['disk', 'nbd', 'd-bp1one', '--json']));
  assert.deepEqual(served, { uri: `nbd+unix:///?socket=/nowhere/${row.volumeId}` });
  assert.equal((await at(world, ['disk', 'nbd', 'd-bp1one'])).out, `${served.uri}\n`);
  const unknown = await at(world, ['disk', 'nbd', 'd-bp1two']);
  assert.deepEqual([unknown.code, unknown.err], [1, 'NotFound: There is no disk, snapshot or image d-bp1two.\n']);
});

test('clock shows and advances', async () => {
  await using world = await createWorld();
  const before: { now: string; offsetMs: number } = json(await at(world, ['clock', '--json']));
  assert.equal(before.offsetMs, 0);
  const ran = await at(world, ['clock', 'advance', '1d12h']);
  assert.match(ran.out, / \(1d12h ahead\)\n$/);
  const after: { now: string; offsetMs: number } = json(await at(world, ['clock', '--json']));
  assert.equal(after.offsetMs, 36 * 3600_000);
});

test('reset asks; with nobody to ask it wants --yes', async () => {
  await using world = await createWorld();
  await at(world, ['account', 'create', 'bob']);
  const count = async () => (json(await at(world, ['account', 'list', '--json'])) as unknown[]).length;
  assert.equal((await at(world, ['reset'])).code, 2);
  assert.equal((await at(world, ['reset'], { answer: 'no' })).code, 1);
  assert.equal(await count(), 2);
  assert.equal((await at(world, ['reset'], { answer: 'yes' })).code, 0);
  assert.equal(await count(), 1);
  await at(world, ['account', 'create', 'bob']);
  assert.equal((await at(world, ['reset', '--yes'])).code, 0);
  assert.equal(await count(), 1);
});

test('usage, gc and verify', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  await at(world, ['image', 'import', file, '--name', 'mine']);
  const usage: { regions: { regionId: string }[] } = json(await at(world, ['usage', '--json']));
  assert.deepEqual(
    usage.regions.map(({ regionId }) => regionId),
    ['cn-hangzhou'],
  );
  assert.match((await at(world, ['usage'])).out, /^REGION.*\ncn-hangzhou/);
  const collected: { regions: { regionId: string }[] } = json(await at(world, ['gc', '--json']));
  assert.equal(collected.regions[0]?.regionId, 'cn-hangzhou');
  assert.ok(world.plane.calls.includes('collect cn-hangzhou'));
  const verified: { isClean: boolean } = json(await at(world, ['verify', '--json']));
  assert.equal(verified.isClean, true);
  assert.match((await at(world, ['verify'])).out, /^cn-hangzhou: \d+ chunks checked, all sound\n$/);
});

test('verify exits 1 and names what a damaged chunk affects', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  const { imageId } = json(await at(world, ['image', 'import', file, '--name', 'mine', '--json'])) as {
    imageId: string;
  };
  world.plane.blocks.verify = async () => ({
    checkedChunks: 7,
    damaged: [{ hash: 'abc', reason: 'it is another chunk', roots: [rootOf('debian')] }],
  });
  const ran = await at(world, ['verify']);
  assert.equal(ran.code, 1);
  assert.match(ran.out, new RegExp(`abc: it is another chunk; affects ${imageId}, s-`));
  assert.match(ran.err, /^Damaged: 1 chunk is damaged\./);
  const asJson = await at(world, ['verify', '--json']);
  assert.equal(asJson.code, 1);
  assert.equal((JSON.parse(asJson.out) as { isClean: boolean }).isClean, false);
});

test('verify says why a store can not be read', async (context) => {
  await using world = await createWorld();
  const file = join(scratch(context), 'disk.raw');
  writeFileSync(file, 'debian');
  world.plane.files.set(file, 'debian');
  await at(world, ['image', 'import', file, '--name', 'mine']);
  world.plane.blocks.verify = async () => {
    throw new WorldFault('IndexDamaged', 'index.db is no longer a database.');
  };
  const ran = await at(world, ['verify']);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /IndexDamaged: index\.db is no longer a database\./);
});

test('doctor names missing tools and the one command that installs them', async (context) => {
  await using world = await createWorld();
  const healthy = await at(world, ['doctor'], { env: process.env as Record<string, string> });
  assert.match(healthy.out, new RegExp(`ok +service +${world.endpoint}`));
  assert.match(healthy.out, /ok +driver +none: /);
  assert.match(healthy.out, /ok +machines +0 running/);
  const bare = await tongjing(['doctor', '--data', join(scratch(context), 'new')], { env: { PATH: '' } });
  assert.equal(bare.code, 0);
  assert.match(bare.out, /missing +service +not running/);
  assert.match(bare.out, /missing +nbdcopy/);
  assert.match(bare.out, /(ok|missing) +OVMF_CODE_4M\.fd .*instances that boot by UEFI/);
  for (const program of ['ip', 'nft', 'dnsmasq', 'sysctl']) {
    assert.match(bare.out, new RegExp(`(ok|missing) +${program} .*VPCs of instances that boot`));
  }
  assert.match(bare.out, /apt-get install .*qemu-utils libnbd-bin/);
  const report: { installCommand: string; checks: { name: string; state: string }[] } = json(
    await at(world, ['doctor', '--json'], { env: { PATH: '' } }),
  );
  assert.match(report.installCommand, /libnbd-bin/);
  const broken = await tongjing(['doctor', '--data', '/dev/null/here']);
  assert.equal(broken.code, 1);
  assert.match(broken.err, /^Broken: .*data folder/);
});

test('building Debian says what is missing before it does anything', async (context) => {
  const folder = scratch(context);
  const output = join(folder, 'debian12.raw');
  const bare = await tongjing(['image', 'build', 'debian12', '--output', output], { env: { PATH: folder } });
  assert.equal(bare.code, 1);
  assert.match(bare.err, /^ToolsMissing: The build runs mmdebstrap, .*\nInstall: .*apt-get install .*mmdebstrap/);
  const nowhere = await tongjing(['image', 'build', 'debian12'], { env: { PATH: folder } });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /^Usage: Say where to write it: --output debian12.raw\n.*image import/);
  assert.deepEqual(readdirSync(folder), []);
});

test('the demo says what is missing before it does anything', async (context) => {
  const folder = scratch(context);
  const data = ['--data', join(folder, 'none')];
  const bare = await tongjing(['demo', ...data], { env: { PATH: folder } });
  assert.deepEqual([bare.code, bare.out], [1, '']);
  assert.match(bare.err, /^ToolsMissing: The demo runs qemu-img, .*\nInstall: .*apt-get install .*qemu-utils/);
  await using world = await createWorld();
  const env = process.env as Record<string, string>;
  const noDisk = await at(world, ['demo', '--disk', join(folder, 'no.raw')], { env });
  assert.equal(noDisk.code, 1);
  assert.match(noDisk.err, /^FileUnreadable: There is no /);
});

test('bin/tongjing: results to standard output, errors to standard error, the exit code', () => {
  const bin = new URL('../bin/tongjing', import.meta.url).pathname;
  const ran = spawnSync(bin, ['image', 'list', '--data', '/nonexistent'], { encoding: 'utf8' });
  assert.deepEqual([ran.status, ran.stdout], [3, '']);
  assert.match(ran.stderr, /^NotRunning: /);
});
