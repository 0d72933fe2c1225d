import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import ram from '@alicloud/ram20150501';
import { makeRole } from '../wire/ramClient.ts';
import { createWorld, type World } from '../world.ts';

/** Debian's Packer with its post-processor `alicloud-import`, as it is. */

const run = promisify(execFile);
const ROLE = 'AliyunECSImageImportDefaultRole';
const BUCKET = 'packer-imports';

/**
 * The post-processor's OSS client knows no proxy and no endpoint: for it the cloud's names lead to port 443 of a machine of its own,
 * a network namespace, from where everything goes through a socket to the service.
 */
const IN_NAMESPACE = `
mount --bind hosts /etc/hosts
ip link set lo up
"$NODE" relay.mjs &
relay=$!
trap 'kill $relay' EXIT
until [ -e ready ]; do sleep 0.1; done
packer build -color=false -force build.json
`;

const RELAY = `
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
const listening = [443, 8080].map((port) => new Promise((done) => {
  createServer((client) => {
    const service = connect('service.sock');
    client.on('error', () => service.destroy()).pipe(service);
    service.on('error', () => client.destroy()).pipe(client);
  }).listen(port, '127.0.0.1', done);
}));
await Promise.all(listening);
writeFileSync('ready', '');
`;

async function prepare(t: TestContext, world: World): Promise<(imageName: string) => Promise<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-packer-'));
  const port = Number(new URL(world.endpoint).port);
  const socket = createServer((client) => {
    const service = connect(port, '127.0.0.1');
    client.on('error', () => service.destroy()).pipe(service);
    service.on('error', () => client.destroy()).pipe(client);
  });
  socket.listen(join(folder, 'service.sock'));
  await once(socket, 'listening');
  t.after(() => {
    socket.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const names = `oss-cn-hangzhou.aliyuncs.com ${BUCKET}.oss-cn-hangzhou.aliyuncs.com`;
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost ${names}\n`);
  writeFileSync(join(folder, 'relay.mjs'), RELAY);
  const { caFile } = JSON.parse(readFileSync(join(world.dataDir, 'service.json'), 'utf8')) as { caFile: string };
  const { accessKeyId, accessKeySecret } = world.operator;
  const env = {
    ...process.env,
    NODE: process.execPath,
    HOME: folder,
    CHECKPOINT_DISABLE: '1',
    ALICLOUD_ACCESS_KEY: accessKeyId,
    ALICLOUD_SECRET_KEY: accessKeySecret,
    HTTP_PROXY: 'http://127.0.0.1:8080',
    HTTPS_PROXY: 'http://127.0.0.1:8080',
    NO_PROXY: '',
    SSL_CERT_FILE: caFile,
  };
  return async (imageName) => {
    const imported = {
      type: 'alicloud-import',
      region: 'cn-hangzhou',
      oss_bucket_name: BUCKET,
      image_name: imageName,
      image_os_type: 'linux',
      image_platform: 'Debian',
      image_architecture: 'x86_64',
      image_system_size: '40',
      format: 'RAW',
      skip_region_validation: true,
    };
    const built = { type: 'file', content: 'a raw disk', target: 'disk.raw' };
    writeFileSync(join(folder, 'build.json'), JSON.stringify({ builders: [built], 'post-processors': [imported] }));
    rmSync(join(folder, 'ready'), { force: true });
    // A user namespace of its own as well, so that no privilege is needed.
    const argv = ['--user', '--map-root-user', '--mount', '--net', 'sh', '-ec', IN_NAMESPACE];
    return (await run('unshare', argv, { cwd: folder, env })).stdout;
  };
}

test('Packer imports an image, and sets up the role where it is asked for', { timeout: 600_000 }, async (t) => {
  await using world = await createWorld({ disks: 'real', ownClock: true });
  const build = await prepare(t, world);
  assert.doesNotMatch(await build('without-role'), /initialize ram role/);

  await makeRole(world, world.operator, ROLE);
  const said = await build('with-role');
  assert.match(said, /initialize ram role for importing image/);
  const { policies } = (await world.ram().listPoliciesForRole(new ram.ListPoliciesForRoleRequest({ roleName: ROLE })))
    .body!;
  assert.deepEqual(
    policies!.policy!.map(({ policyName }) => policyName),
    ['AliyunECSImageImportRolePolicy'],
  );
  const { read } = world.parts.database;
  const images = await read.selectFrom('images').select(['id', 'name', 'status', 'platform', 'sizeGib']).execute();
  assert.deepEqual(images.map(({ name, status, platform, sizeGib }) => [name, status, platform, sizeGib]).sort(), [
    ['with-role', 'Available', 'Debian', 40],
    ['without-role', 'Available', 'Debian', 40],
  ]);
  assert.ok(said.includes(images.find(({ name }) => name === 'with-role')!.id));
  assert.deepEqual(await read.selectFrom('objects').selectAll().execute(), [], 'it tidied up');
});
