// 4wu_r5p: a private Docker registry stores its layers in the system's object store.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRegistryWorld, skopeo, writeLayout } from '../registry/registryWorld.ts';
import { until } from '../until.ts';

const MIB = 1024 ** 2;

test('4wu_r5p: push, pull, resumed upload, delete and garbage collection of docker-registry on a bucket', async (t) => {
  const registry = await createRegistryWorld(t);
  const { folder, name, api } = registry;
  const layers = [randomBytes(11 * MIB), randomBytes(MIB), randomBytes(1000)];
  const image = writeLayout(join(folder, 'made'), layers);
  await skopeo(['copy', '--dest-tls-verify=false', `oci:${image.folder}:1`, `docker://${name}:1`]);
  const pulled = join(folder, 'pulled');
  await skopeo(['copy', '--src-tls-verify=false', `docker://${name}:1`, `oci:${pulled}:1`]);
  assert.deepEqual(readdirSync(join(pulled, 'blobs/sha256')).sort(), image.digests, 'equal digests');

  // An upload that goes on where another connection left it.
  const [first, second] = [randomBytes(6 * MIB), randomBytes(2 * MIB)];
  const begun = await api('POST', 'blobs/uploads/');
  const type = { 'content-type': 'application/octet-stream' };
  const patched = await api('PATCH', begun.headers.get('location')!, { body: first, headers: type });
  assert.equal(patched.headers.get('range'), `0-${first.length - 1}`);
  const digest = createHash('sha256').update(first).update(second).digest('hex');
  const location = patched.headers.get('location')!;
  const put = await api('PUT', `${location}&digest=sha256:${digest}`, { body: second, headers: type });
  assert.equal(put.status, 201, await put.text());
  const got = await api('GET', `blobs/sha256:${digest}`);
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(Buffer.concat([first, second])));

  // Deleted and collected: the layers, and the blob that nothing refers to, give their bytes back.
  const small = writeLayout(join(folder, 'small'), [layers[2]!]);
  await skopeo(['copy', '--dest-tls-verify=false', `oci:${small.folder}:1`, `docker://${name}:small`]);
  await skopeo(['delete', '--tls-verify=false', `docker://${name}:1`]);
  await registry.stop();
  await registry.collect();
  assert.ok(registry.stored().reduce((sum, size) => sum + size) < MIB);
  await registry.start();
  await skopeo(['copy', '--src-tls-verify=false', `docker://${registry.name}:small`, `oci:${join(folder, 'again')}:1`]);
  assert.deepEqual(readdirSync(join(folder, 'again/blobs/sha256')).sort(), small.digests);
});

test('4wu_r5p: a push that is cut by kill -9 of the service is made again', async (t) => {
  const registry = await createRegistryWorld(t);
  const { folder, name } = registry;
  const image = writeLayout(join(folder, 'made'), [randomBytes(24 * MIB), randomBytes(24 * MIB)]);
  const push = (signal?: AbortSignal) =>
    skopeo(['copy', '--dest-tls-verify=false', `oci:${image.folder}:1`, `docker://${name}:1`], signal);
  let isOver = false;
  const patience = new AbortController();
  const cut = push(patience.signal)
    .catch(() => {})
    .finally(() => (isOver = true));
  await until(() => registry.stored().some((size) => size > MIB));
  assert.equal(isOver, false);
  await registry.killService();
  await registry.startService();
  // It might be at it for long, or be done: either way it is made again.
  patience.abort();
  await cut;
  await push();
  await skopeo(['copy', '--src-tls-verify=false', `docker://${name}:1`, `oci:${join(folder, 'pulled')}:1`]);
  assert.deepEqual(readdirSync(join(folder, 'pulled/blobs/sha256')).sort(), image.digests);
});
