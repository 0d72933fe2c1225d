import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tongjing } from '../tongjing.ts';
import { createImageWorld, type ImageWorld } from '../wire/imageWorld.ts';
import { startFakeRegistry, type FakeRegistry, type Instead } from './fakeRegistry.ts';

/** What is not pushed, and that it shows before the disk is read; what zeros cost. */

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

let world: ImageWorld;
let folder: string;
before(async () => {
  world = await createImageWorld({ disks: 'real', ownClock: true });
  folder = mkdtempSync(join(tmpdir(), 'tongjing-push-'));
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = ({ address }: FakeRegistry) => `oci://${address}/lab/disk:1`;
const push = (registry: FakeRegistry, imageId: string) =>
  tongjing(world.world.dataDir, ['image', 'push', placeOf(registry), imageId, '--json']);

async function imported(name: string, ...options: string[]): Promise<string> {
  const { code, out, err } = await tongjing(world.world.dataDir, [
    'image',
    'import',
    join(folder, 'disk.raw'),
    '--name',
    name,
    ...options,
  ]);
  assert.equal(code, 0, err);
  return out;
}

const exports = () =>
  world.world.parts.database.read.selectFrom('jobs').select('id').where('kind', '=', 'exportImage').execute();

test('what is not pushed: no image, data disks, encrypted ones; and what a registry refuses, before the disk is read', async () => {
  await using registry = await startFakeRegistry();
  const fails = async (imageId: string, code: string) => {
    const ran = await push(registry, imageId);
    assert.equal(ran.code, 1);
    assert.match(ran.err, new RegExp(`^${code}: `, 'm'));
    assert.deepEqual(readdirSync(join(world.world.dataDir, 'scratch')), []);
  };
  await fails('m-none', 'InvalidImageId.NotFound');
  await fails('../accounts', 'InvalidImageId.NotFound');
  await fails(await world.image(world.operator, { status: 'Creating' }), 'NotReady');
  await fails(await world.image(world.operator, {}, [{}]), 'ImageHasDataDisks');
  const secret = await world.image(world.operator);
  const [snapshotId] = await world.snapshotsOf(secret);
  await world.change('snapshots', snapshotId!, { encrypted: 1 });
  await fails(secret, 'ImageEncrypted');
  const vast = await world.image(world.operator);
  const [vastSnapshot] = await world.snapshotsOf(vast);
  await world.change('snapshots', vastSnapshot!, { root: null, sizeBytes: 3 * 1024 * GIB });
  await fails(vast, 'ImageTooLarge');
  assert.deepEqual(registry.asked, []);

  writeFileSync(join(folder, 'disk.raw'), randomBytes(MIB));
  const imageId = await imported('to-push');
  const answers = (method: string, status: number, headers: Record<string, string> = {}): Instead => {
    return (request, response) => {
      if (request.method !== method) return false;
      response.writeHead(status, headers).end();
      return true;
    };
  };
  registry.instead = answers('POST', 500);
  await fails(imageId, 'RegistryRefused');
  registry.instead = answers('POST', 202);
  await fails(imageId, 'RegistryData');
  registry.instead = answers('POST', 202, { location: 'http://192.0.2.1/upload' });
  await fails(imageId, 'RegistryData');
  registry.instead = answers('PUT', 400);
  await fails(imageId, 'RegistryRefused');
  registry.instead = answers('PUT', 307, { location: '/elsewhere' });
  await fails(imageId, 'RegistryData');
  registry.instead = answers('HEAD', 403);
  await fails(imageId, 'RegistryUnauthorized');
  assert.deepEqual(await exports(), [], 'no disk was read');
  assert.equal(registry.manifests.size, 0);
  registry.instead = () => false;
  assert.equal((await push(registry, imageId)).code, 0);
  assert.equal(registry.blobs.size, 2);
  // The config is there: what stands against a layer is told as well.
  registry.blobs.clear();
  registry.instead = ({ method, url }, response) => {
    if (method !== 'PUT' || registry.blobs.size === 0 || url!.includes('manifests')) return false;
    response.writeHead(507).end();
    return true;
  };
  await fails(imageId, 'RegistryRefused');
});

test('zeros are not read: a disk of 2 TiB with a little data is pushed at once; its region need not be said', async () => {
  await using registry = await startFakeRegistry();
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, randomBytes(MIB));
  truncateSync(disk, 2048 * GIB);
  const imageId = await imported('vast', '--region', 'cn-beijing');
  const ran = await push(registry, imageId);
  assert.equal(ran.code, 0, ran.err);
  const { layers, sentLayers } = JSON.parse(ran.out) as { layers: number; sentLayers: number };
  assert.deepEqual([layers, sentLayers], [1, 1]);
  const pulled = await tongjing(world.world.dataDir, ['image', 'pull', placeOf(registry), '--name', 'vast-again']);
  assert.equal(pulled.code, 0, pulled.err);
  const roots = await world.world.parts.database.read
    .selectFrom('imageDisks')
    .innerJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
    .select(['root', 'sizeBytes'])
    .where('imageDisks.imageId', 'in', [imageId, pulled.out])
    .execute();
  assert.equal(roots.length, 2);
  assert.deepEqual(roots[0], roots[1]);
  assert.equal(roots[0]!.sizeBytes, 2048 * GIB);
});

test('an import that would be refused is so before anything is pulled or taken from standard input', async () => {
  await using registry = await startFakeRegistry();
  const { dataDir } = world.world;
  const refused: [code: string, options: string[]][] = [
    ['InvalidImageName.Malformed', ['--name', '1']],
    ['InvalidImageName.Duplicated', ['--name', 'taken']],
    ['InvalidRegionId.NotFound', ['--name', 'new', '--region', 'cn-nowhere']],
    ['InvalidImageId.NotFound', ['--as', 'none.vhd']],
  ];
  writeFileSync(join(folder, 'disk.raw'), randomBytes(MIB));
  await imported('taken');
  for (const [code, options] of refused) {
    for (const from of [
      ['pull', placeOf(registry)],
      ['import', '-', '--format', 'raw'],
    ]) {
      const ran = await tongjing(dataDir, ['image', ...from, ...options], {
        get input(): never {
          throw new Error('it was read');
        },
      });
      assert.equal(ran.code, 1, ran.err);
      assert.match(ran.err, new RegExp(`^${code}: `, 'm'));
    }
  }
  assert.deepEqual(registry.asked, []);
});
