import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import ecs from '@alicloud/ecs20140526';
import { createWorld, type World, type WorldOptions } from '../world.ts';
import { goRequest, send, v3Request } from './rawClient.ts';

let world: World;
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tongjing-operator-'));
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  world ??= await createWorld();
});

interface OperatorAnswer {
  status: number;
  json: Record<string, never>;
}

async function operator(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  of: World = world,
  token = of.service.operatorToken,
): Promise<OperatorAnswer> {
  const response = await fetch(`${of.endpoint}/_tongjing/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, never> };
}

const codeOf = ({ status, json }: OperatorAnswer) => [status, json['code']];

test('health, readiness, version and metrics are for everyone', async () => {
  const get = async (path: string) => fetch(`${world.endpoint}/_tongjing/${path}`);
  assert.deepEqual(await (await get('health')).json(), { status: 'ok' });
  assert.deepEqual(await (await get('ready')).json(), { status: 'ready' });
  const version = (await (await get('version')).json()) as Record<string, string>;
  assert.equal(version['node'], process.versions.node);
  await send(world.endpoint, goRequest(world.operator, { action: 'DescribeRegions' }));
  await send(world.endpoint, goRequest(world.operator, { action: 'NoSuchAction' }));
  const metrics = await get('metrics');
  assert.match(metrics.headers.get('content-type')!, /^text\/plain/);
  const text = await metrics.text();
  assert.match(text, /^tongjing_requests_total\{action="DescribeRegions",status="200",code=""\} 1$/m);
  assert.match(text, /^tongjing_requests_total\{action="unknown",status="404",code="InvalidAction.NotFound"\} 1$/m);
  assert.match(text, /^tongjing_request_seconds_count\{action="DescribeRegions"\} 1$/m);
});

test('everything else needs the token', async () => {
  for (const [method, path] of [
    ['POST', 'reset'],
    ['GET', 'clock'],
    ['POST', 'accounts'],
    ['GET', 'accounts/1/key'],
    ['GET', 'usage'],
    ['POST', 'nbd'],
    ['POST', 'verify'],
    ['POST', 'gc'],
  ] as const) {
    assert.deepEqual(codeOf(await operator(method, path, undefined, world, 'wrong')), [401, 'Unauthorized'], path);
  }
  const bare = await fetch(`${world.endpoint}/_tongjing/accounts`);
  assert.equal(bare.status, 401);
});

test('unknown paths, wrong methods, bodies that are no JSON object', async () => {
  assert.deepEqual(codeOf(await operator('GET', 'nothing')), [404, 'NotFound']);
  assert.deepEqual(codeOf(await operator('GET', 'jobs/a/b')), [404, 'NotFound']);
  assert.deepEqual(codeOf(await operator('GET', 'reset')), [405, 'MethodNotAllowed']);
  for (const body of ['{', '[]', '"x"', 'null'])
    assert.deepEqual(codeOf(await operator('POST', 'accounts', body)), [400, 'InvalidParameter']);
});

test('an account is created, listed, and signs requests', async () => {
  const { json } = await operator('POST', 'accounts', { name: 'tenant', site: 'international' });
  const account = json as unknown as { accountId: string; accessKeyId: string; accessKeySecret: string };
  assert.match(account.accountId, /^\d{16}$/);
  assert.equal((await send(world.endpoint, goRequest(account, { action: 'DescribeRegions' }))).status, 200);
  const key = await operator('GET', `accounts/${json['accountId']}/key`);
  assert.deepEqual(key.json['accessKeySecret'], json['accessKeySecret'], 'the operator acts for it');
  assert.deepEqual(codeOf(await operator('GET', 'accounts/none/key')), [404, 'AccountNotFound']);
  const listed = (await operator('GET', 'accounts')).json['accounts'] as unknown as {
    accountId: string;
    site: string;
    isOperator: boolean;
  }[];
  assert.deepEqual(
    listed.map((row) => row.isOperator),
    [true, false],
  );
  assert.deepEqual([listed[1]!.accountId, listed[1]!.site], [account.accountId, 'international']);
  assert.ok(!JSON.stringify(listed).includes(account.accessKeySecret));
  assert.deepEqual(codeOf(await operator('POST', 'accounts', { name: 'x', site: 'mars' })), [400, 'InvalidParameter']);
  assert.deepEqual(codeOf(await operator('POST', 'accounts', { site: 'china' })), [400, 'InvalidParameter']);
});

test('names that would not show as what they are are refused', async () => {
  const present = (await operator('GET', 'accounts')).json['accounts'];
  const names = ['a\nb', 'a\u001b[2Jb', 'a\u0000', 'a\u202eb', 'a\u2028b', '\ud800', ' a', 'a ', '', 'x'.repeat(65)];
  for (const name of names)
    assert.deepEqual(codeOf(await operator('POST', 'accounts', { name })), [400, 'InvalidParameter'], name);
  assert.deepEqual((await operator('GET', 'accounts')).json['accounts'], present);
  assert.equal((await operator('POST', 'accounts', { name: '张三 & Söhne' })).status, 200);
  const dry = { dryRun: true, name: 'named', regionId: 'cn-beijing' };
  for (const field of ['platform', 'osName'])
    for (const text of ['a\nb', 'x'.repeat(65)])
      assert.deepEqual(codeOf(await operator('POST', 'images/import', { ...dry, [field]: text })), [
        400,
        'InvalidParameter',
      ]);
  const told = codeOf(await operator('POST', 'images/import', { ...dry, description: 'http://a' }));
  assert.deepEqual(told, [400, 'InvalidDescription.Malformed']);
});

test('an import keeps to the quota of the account, before and when it is made; a public image counts for nobody', () =>
  withDisks(async (real) => {
    const path = join(folder, 'quota.raw');
    writeFileSync(path, Buffer.alloc(1024, 7));
    const wanted = (over: object) => importing({ path, ...over });
    const AccountId = real.operator.accountId;
    const parameters = { AccountId, QuotaName: 'images', Value: '1' };
    const set = v3Request(real.operator, real, { action: 'SetQuota', version: '2026-11-01', parameters });
    assert.equal((await send(real.endpoint, set)).status, 200);
    assert.equal((await operator('POST', 'images/import', wanted({ name: 'first' }), real)).status, 200);
    const images = async () => (await real.parts.database.read.selectFrom('images').selectAll().execute()).length;
    const present = await images();
    for (const dryRun of [true, false]) {
      const refused = await operator('POST', 'images/import', wanted({ name: 'second', dryRun }), real);
      assert.deepEqual(codeOf(refused), [403, 'QuotaExceed.Image']);
    }
    assert.equal(await images(), present);
    assert.equal(
      (await operator('POST', 'images/import', wanted({ name: 'third', isPublic: true }), real)).status,
      200,
    );
    const elsewhere = wanted({ name: 'fourth', regionId: 'cn-shanghai' });
    assert.equal((await operator('POST', 'images/import', elsewhere, real)).status, 200);
    await real.settled();
  }));

test('the clock goes forward only, and stays so', async () => {
  const dataDir = join(folder, 'clock');
  const day = 24 * 3600_000;
  {
    await using early = await createWorld({ dataDir });
    const started = Date.parse(String((await operator('GET', 'clock', undefined, early)).json['now']));
    const { json } = await operator('POST', 'clock', { advanceMs: 400 * day }, early);
    assert.ok(Date.parse(String(json['now'])) >= started + 400 * day);
    assert.equal(json['offsetMs'], 400 * day);
    for (const advanceMs of [-1, 1.5, '1', undefined, 200 * 365 * day]) {
      assert.deepEqual(codeOf(await operator('POST', 'clock', { advanceMs }, early)), [400, 'InvalidParameter']);
    }
  }
  await using late = await createWorld({ dataDir, ownClock: true });
  const { json } = await operator('GET', 'clock', undefined, late);
  assert.equal(json['offsetMs'], 400 * day);
  assert.ok(Date.parse(String(json['now'])) > Date.now() + 399 * day);
});

async function withDisks(body: (real: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  await using real = await createWorld({ disks: 'real', ...options });
  await body(real);
}

const importing = (over: object = {}) => ({
  path: join(folder, 'disk.raw'),
  format: 'raw',
  name: 'imported',
  regionId: 'cn-beijing',
  ...over,
});

test('an image is imported, public or not; exported; opened over NBD; verified; and a reset takes it all away', () =>
  withDisks(async (real) => {
    const path = join(folder, 'disk.raw');
    const bytes = Buffer.alloc(1024 * 1024, 'tongjing');
    writeFileSync(path, bytes);
    truncateSync(path, 3 * 1024 ** 3 - 512);
    const other = await real.account('other');
    const imported = (
      await operator(
        'POST',
        'images/import',
        importing({ isPublic: true, platform: 'Debian', osName: 'Debian 12' }),
        real,
      )
    ).json;
    await real.settled();
    assert.equal((await operator('GET', `jobs/${imported['jobId']}`, undefined, real)).json['status'], 'succeeded');
    const { body } = await real
      .ecs(other)
      .describeImages(new ecs.DescribeImagesRequest({ regionId: 'cn-beijing', imageOwnerAlias: 'system' }));
    const [image] = body!.images!.image!;
    assert.deepEqual(
      [image!.imageId, image!.imageName, image!.status, image!.size, image!.platform, image!.OSName],
      [imported['imageId'], 'imported', 'Available', 3, 'Debian', 'Debian 12'],
    );
    // Own images are named once per account and region, public ones once per region.
    const codes = [];
    for (const isPublic of [true, false, false]) {
      codes.push(codeOf(await operator('POST', 'images/import', importing({ isPublic }), real))[1]);
    }
    assert.deepEqual(codes, ['InvalidImageName.Duplicated', undefined, 'InvalidImageName.Duplicated']);

    const out = join(folder, 'out.raw');
    const exported = (await operator('POST', 'images/export', { imageId: imported['imageId'], path: out }, real)).json;
    await real.settled();
    assert.equal((await operator('GET', `jobs/${exported['jobId']}`, undefined, real)).json['status'], 'succeeded');
    assert.ok(existsSync(out));

    const opened = (await operator('POST', 'nbd', { id: imported['imageId'] }, real)).json;
    assert.match(String(opened['uri']), /^nbd\+unix:\/\/\/\?socket=/);

    const verified = await fetch(`${real.endpoint}/_tongjing/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${real.service.operatorToken}` },
    });
    const lines = (await verified.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines.at(-1), { isClean: true });
    assert.equal(lines.at(-2).damaged.length, 0);
    assert.ok(lines.at(-2).checkedChunks > 0);

    const usage = (await operator('GET', 'usage', undefined, real)).json['regions'] as unknown as {
      regionId: string;
      storedBytes: number;
    }[];
    assert.deepEqual([usage.length, usage[0]!.regionId], [1, 'cn-beijing']);
    assert.ok(usage[0]!.storedBytes > 0);

    const { json: collected } = await operator('POST', 'gc', {}, real);
    await real.settled();
    for (const jobId of collected['jobIds'] as unknown as string[]) {
      assert.equal((await operator('GET', `jobs/${jobId}`, undefined, real)).json['status'], 'succeeded');
    }

    const { accessKey } = real.service.core.operator;
    assert.equal((await operator('POST', 'reset', {}, real)).status, 200);
    assert.deepEqual(real.service.core.operator.accessKey.secret, accessKey.secret);
    const emptied = await real.ecs().describeImages(new ecs.DescribeImagesRequest({ regionId: 'cn-beijing' }));
    assert.equal(emptied.body!.totalCount, 0);
    assert.equal(
      (await send(real.endpoint, goRequest(other, { action: 'DescribeRegions' }))).json['Code'],
      'InvalidAccessKeyId.NotFound',
    );
    assert.deepEqual((await operator('GET', 'usage', undefined, real)).json, { regions: [], volumes: [] });
  }));

test('a disk is opened over NBD once it is there', () =>
  withDisks(async (real) => {
    const request = new ecs.CreateDiskRequest({
      regionId: 'cn-hangzhou',
      zoneId: 'cn-hangzhou-h',
      diskCategory: 'cloud_essd',
      size: 20,
    });
    const { body } = await real.ecs().createDisk(request);
    await real.settled();
    const { status, json } = await operator('POST', 'nbd', { id: body!.diskId }, real);
    assert.equal(status, 200);
    assert.match(String(json['uri']), /^nbd\+unix:/);
    const volumes = (await operator('GET', 'usage', undefined, real)).json['volumes'] as unknown as {
      diskId: string;
      isOpen: boolean;
    }[];
    assert.deepEqual(
      volumes.map((volume) => [volume.diskId, volume.isOpen]),
      [[body!.diskId, true]],
    );
  }));

test('what can not be imported, exported or opened', () =>
  withDisks(async (real) => {
    writeFileSync(join(folder, 'disk.raw'), Buffer.alloc(512));
    writeFileSync(join(folder, 'bad.qcow2'), 'this is no qcow2 file at all');
    const refused = async (path: string, body: object) => codeOf(await operator('POST', path, body, real));
    assert.deepEqual(await refused('images/import', importing({ path: 'disk.raw' })), [400, 'InvalidParameter']);
    assert.deepEqual(await refused('images/import', importing({ format: 'iso' })), [400, 'InvalidParameter']);
    assert.deepEqual(await refused('images/import', importing({ regionId: 'moon' })), [
      400,
      'InvalidRegionId.NotFound',
    ]);
    assert.deepEqual(await refused('images/import', importing({ name: '!' })), [400, 'InvalidImageName.Malformed']);
    assert.deepEqual(await refused('images/import', importing({ isPublic: 'yes' })), [400, 'InvalidParameter']);
    const [status, code] = await refused(
      'images/import',
      importing({ path: join(folder, 'bad.qcow2'), format: 'qcow2' }),
    );
    assert.deepEqual([status, code], [409, 'ImageFileInvalid']);
    assert.equal((await refused('images/import', importing({ path: join(folder, 'absent') })))[0], 409);
    assert.deepEqual(await refused('images/export', { imageId: 'm-none', path: '/tmp/x' }), [
      404,
      'InvalidImageId.NotFound',
    ]);
    for (const id of ['d-none', 's-none', 'm-none']) assert.deepEqual(await refused('nbd', { id }), [404, 'NotFound']);
    assert.deepEqual(await refused('verify', { regionId: 'moon' }), [400, 'InvalidParameter']);
    assert.deepEqual(codeOf(await operator('GET', 'jobs/t-none', undefined, real)), [404, 'JobNotFound']);
    const { count } = await real.parts.database.read
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    assert.equal(count, 0);
  }));

test('what is not ready is not opened', async () => {
  const release = world.plane.hold('import');
  world.plane.files.set('/held.raw', 'held');
  const { json } = await operator('POST', 'images/import', importing({ path: '/held.raw', name: 'held' }));
  const imageId = json['imageId'];
  assert.deepEqual(codeOf(await operator('POST', 'nbd', { id: imageId })), [409, 'NotReady']);
  assert.deepEqual(codeOf(await operator('POST', 'images/export', { imageId, path: '/x.raw' })), [409, 'NotReady']);
  release();
  await world.settled();
});

test('a reset waits for calls under way, and refuses those that come meanwhile', async () => {
  await using busy = await createWorld();
  const gate = Promise.withResolvers<void>();
  const held = busy.parts.database.write(() => gate.promise);
  const entered = new Promise<void>((resolve) => {
    const write = busy.parts.database.write;
    busy.parts.database.write = (body) => {
      resolve();
      return write(body);
    };
  });
  const call = send(
    busy.endpoint,
    goRequest(busy.operator, { action: 'CreateVpc', parameters: { RegionId: 'cn-hangzhou' } }),
  );
  await entered;
  const reset = operator('POST', 'reset', {}, busy);
  const describe = () => send(busy.endpoint, goRequest(busy.operator, { action: 'DescribeRegions' }));
  let meanwhile = await describe();
  while (meanwhile.status === 200) meanwhile = await describe();
  assert.deepEqual([meanwhile.status, meanwhile.json['Code']], [503, 'ServiceUnavailable']);
  assert.equal((await fetch(`${busy.endpoint}/_tongjing/ready`)).status, 503);
  gate.resolve();
  await held;
  assert.equal((await call).status, 200);
  assert.equal((await reset).status, 200);
  assert.equal((await send(busy.endpoint, goRequest(busy.operator, { action: 'DescribeRegions' }))).status, 200);
});
