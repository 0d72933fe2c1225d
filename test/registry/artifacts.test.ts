import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { tongjing as runTongjing } from '../tongjing.ts';
import { createWorld } from '../world.ts';
import { startCountingRelay } from './countingRelay.ts';
import { startDockerRegistry } from './dockerRegistry.ts';
import { createRegistryWorld, skopeo } from './registryWorld.ts';

/** Machine images as OCI artifacts, in Debian's docker-registry. */

const MIB = 1024 ** 2;
/** Of a piece of a small disk: src/cli/oci/artifact.ts. */
const PIECE_BYTES = 16 * MIB;

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-artifacts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What it printed. */
async function tongjing(dataDir: string, ...args: string[]): Promise<string> {
  const { code, out, err } = await runTongjing(dataDir, args);
  assert.equal(code, 0, err);
  return out;
}

/** A raw disk of 84 MiB: four of its six pieces hold data, the last one is short. */
function makeDisk(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 84 * MIB);
  for (const [piece, bytes] of [
    [0, PIECE_BYTES],
    [1, 3 * MIB],
    [3, 4096],
    [5, MIB],
  ] as const) {
    write(path, randomBytes(bytes), piece * PIECE_BYTES);
  }
}

function write(path: string, bytes: Buffer, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

interface Pushed {
  digest: string;
  layers: number;
  sentLayers: number;
  sentBytes: number;
}

const push = async (dataDir: string, place: string, imageId: string): Promise<Pushed> =>
  JSON.parse(await tongjing(dataDir, 'image', 'push', place, imageId, '--json')) as Pushed;

function sameBytes(left: string, right: string): void {
  execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', left, right], { stdio: 'pipe' });
}

async function folderRegistry(t: TestContext, folder: string): Promise<string> {
  const config = join(folder, 'config.yml');
  const root = join(folder, 'registry');
  mkdirSync(root);
  writeFileSync(
    config,
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${root}\nhttp:\n  addr: 127.0.0.1:0\n`,
  );
  const registry = await startDockerRegistry(config);
  t.after(() => registry.stop());
  return registry.address;
}

test('an image is pushed and pulled; of a derived one only what is new is sent', { timeout: 600_000 }, async (t) => {
  const folder = scratch(t);
  const address = await folderRegistry(t, folder);
  await using relay = await startCountingRelay(address);
  const place = `oci://${relay.address}/lab/disk`;
  await using here = await createWorld({ disks: 'real', ownClock: true });
  await using there = await createWorld({ disks: 'real', ownClock: true });
  const disk = join(folder, 'disk.raw');
  makeDisk(disk);
  const said = ['--platform', 'Debian', '--architecture', 'arm64', '--boot-mode', 'UEFI', '--description', 'for ARM'];
  const imageId = await tongjing(here.dataDir, 'image', 'import', disk, '--name', 'first', ...said);

  const first = await push(here.dataDir, `${place}:1`, imageId);
  const firstBytes = relay.sent();
  assert.deepEqual([first.layers, first.sentLayers], [4, 4]);
  assert.ok(firstBytes > 20 * MIB && firstBytes < 20.2 * MIB, `${firstBytes} bytes`);
  assert.ok(first.sentBytes <= firstBytes, 'what it says is what goes over the wire, but for the heads of requests');
  assert.ok(first.sentBytes > firstBytes - 20_000);

  const again = await push(here.dataDir, `${place}:1`, imageId);
  assert.deepEqual([again.digest, again.sentLayers], [first.digest, 0]);
  assert.ok(relay.sent() < 20_000, 'questions alone');

  const derived = join(folder, 'derived.raw');
  writeFileSync(derived, readFileSync(disk));
  write(derived, randomBytes(4096), PIECE_BYTES + 8 * MIB);
  const derivedId = await tongjing(here.dataDir, 'image', 'import', derived, '--name', 'derived');
  const second = await push(here.dataDir, `${place}:2`, derivedId);
  const secondBytes = relay.sent();
  assert.deepEqual([second.layers, second.sentLayers], [4, 1]);
  assert.ok(secondBytes < 3.1 * MIB, `one piece with 3 MiB of data, not 20: ${secondBytes} bytes`);

  for (const [version, original] of [
    [`@${first.digest}`, disk],
    [':2', derived],
  ] as const) {
    const name = `pulled-${version.slice(1, 3)}`;
    const pulled = await tongjing(there.dataDir, 'image', 'pull', `${place}${version}`, '--name', name);
    const file = join(folder, `${name}.raw`);
    await tongjing(there.dataDir, 'image', 'export', pulled, file);
    sameBytes(original, file);
  }
  const row = await there.parts.database.read
    .selectFrom('images')
    .selectAll()
    .where('name', 'like', 'pulled-sh%')
    .executeTakeFirstOrThrow();
  assert.partialDeepStrictEqual(row, {
    platform: 'Debian',
    architecture: 'arm64',
    bootMode: 'UEFI',
    osType: 'linux',
    description: 'for ARM',
  });
  for (const { dataDir } of [here, there]) assert.deepEqual(readdirSync(join(dataDir, 'scratch')), []);

  // Without us: a registry's client, zstd, and the offsets.
  const raw = await skopeo(['inspect', '--raw', '--tls-verify=false', `docker://${address}/lab/disk:1`]);
  const manifest = JSON.parse(raw) as { artifactType: string; layers: { digest: string; annotations: object }[] };
  assert.equal(manifest.artifactType, 'application/vnd.tongjing.image.v1');
  const byHand = join(folder, 'by-hand.raw');
  writeFileSync(byHand, '');
  truncateSync(byHand, 84 * MIB);
  for (const { digest, annotations } of manifest.layers) {
    const blob = await fetch(`http://${address}/v2/lab/disk/blobs/${digest}`);
    const plain = execFileSync('zstd', ['-dc'], { input: await blob.bytes(), maxBuffer: 2 * PIECE_BYTES });
    write(byHand, plain, Number(Object.values(annotations)[0]));
  }
  sameBytes(disk, byHand);
});

test('the registry stands on a bucket of the service itself', { timeout: 600_000 }, async (t) => {
  const { dataDir, folder, name } = await createRegistryWorld(t);
  const disk = join(folder, 'disk.raw');
  makeDisk(disk);
  const imageId = await tongjing(dataDir, 'image', 'import', disk, '--name', 'first');
  const { sentLayers } = await push(dataDir, `oci://${name}:1`, imageId);
  assert.equal(sentLayers, 4);
  assert.equal((await push(dataDir, `oci://${name}:1`, imageId)).sentLayers, 0);
  const pulled = await tongjing(
    dataDir,
    'image',
    'pull',
    `oci://${name}:1`,
    '--name',
    'second',
    '--region',
    'cn-beijing',
  );
  const file = join(folder, 'pulled.raw');
  await tongjing(dataDir, 'image', 'export', pulled, file);
  sameBytes(disk, file);
});
