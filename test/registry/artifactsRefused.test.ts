import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { readConfig, readManifest } from '../../src/cli/oci/artifact.ts';
import { CliFault } from '../../src/cli/fault.ts';
import { parseReference } from '../../src/cli/oci/reference.ts';
import { tongjing as runTongjing } from '../tongjing.ts';
import { createImageWorld, type ImageWorld } from '../wire/imageWorld.ts';
import { digestOf, startFakeRegistry, type FakeRegistry, type Instead } from './fakeRegistry.ts';

/** Registries that lie, that want a password, or that send one elsewhere. */

const MIB = 1024 ** 2;
const LAYER = 'application/vnd.tongjing.image.disk.v1.raw+zstd';
const CONFIG = 'application/vnd.tongjing.image.config.v1+json';

let world: ImageWorld;
let folder: string;
before(async () => {
  world = await createImageWorld({ disks: 'real', ownClock: true });
  folder = mkdtempSync(join(tmpdir(), 'tongjing-registry-refused-'));
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tongjing = (args: readonly string[], around?: Parameters<typeof runTongjing>[2]) =>
  runTongjing(world.world.dataDir, args, around);

const images = async () => world.world.parts.database.read.selectFrom('images').selectAll().execute();

let names = 0;
const pull = (place: string, around?: Parameters<typeof runTongjing>[2]) =>
  tongjing(['image', 'pull', place, '--name', `pulled-${(names += 1)}`], around);

/** Fails so; no image is made, and nothing lies about. */
async function refuses(place: string, code: string, says: RegExp = /./): Promise<void> {
  const made = await images();
  const ran = await pull(place);
  assert.notEqual(ran.code, 0, code);
  assert.ok(
    ran.err.split('\n').some((line) => line.startsWith(`${code}: `)),
    `${code} expected: ${ran.err}`,
  );
  assert.match(ran.err, says);
  assert.deepEqual(await images(), made);
  assert.deepEqual(readdirSync(join(world.world.dataDir, 'scratch')), []);
}

const placeOf = ({ address }: FakeRegistry, version = ':1') => `oci://${address}/lab/disk${version}`;

interface Made {
  config?: object;
  configBytes?: Buffer;
  layers?: { offset?: unknown; bytes?: Buffer; descriptor?: object }[];
  manifest?: object;
}

const piece = zstdCompressSync(Buffer.alloc(MIB, 'x'));

/** An artifact of one piece, made otherwise where a test says so. */
function put(registry: FakeRegistry, { config, configBytes, layers = [{}], manifest }: Made = {}): string {
  const about = {
    version: 1,
    name: 'made',
    description: '',
    architecture: 'x86_64',
    osType: 'linux',
    platform: 'Debian',
    bootMode: 'BIOS',
    sizeBytes: 2 * MIB,
    pieceBytes: MIB,
    ...config,
  };
  const blob = (bytes: Buffer) => {
    registry.blobs.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const described = layers.map(({ offset = '0', bytes = piece, descriptor }) => ({
    mediaType: LAYER,
    ...blob(bytes),
    annotations: { 'vnd.tongjing.image.offset': offset },
    ...descriptor,
  }));
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      artifactType: 'application/vnd.tongjing.image.v1',
      config: { mediaType: CONFIG, ...blob(configBytes ?? Buffer.from(JSON.stringify(about))) },
      layers: described,
      ...manifest,
    }),
  );
  registry.manifests.set('1', bytes);
  registry.manifests.set(digestOf(bytes), bytes);
  return digestOf(bytes);
}

const redirect = (response: ServerResponse, location: string) => {
  response.writeHead(307, { location }).end();
  return true;
};

test('an artifact as it should be is pulled', async () => {
  await using registry = await startFakeRegistry();
  put(registry, { layers: [{}, { offset: String(MIB) }] });
  const ran = await pull(placeOf(registry));
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^m-/);
  const said = ['--name', 'said', '--public', '--platform', 'Ubuntu'];
  const other = await tongjing(['image', 'pull', placeOf(registry), ...said]);
  assert.equal(other.code, 0, other.err);
  const rows = new Map((await images()).map((row) => [row.id, row]));
  const [own, everybodys] = [rows.get(ran.out), rows.get(other.out)];
  assert.deepEqual([own?.kind, everybodys?.kind], ['self', 'system']);
  assert.deepEqual([own?.platform, everybodys?.platform], ['Debian', 'Ubuntu']);
  assert.equal(everybodys?.bootMode, own?.bootMode);
});

test('artifacts that are none, lie, or are too much', async () => {
  await using registry = await startFakeRegistry();
  const bad: [what: string, made: Made, code: string][] = [
    ['another artifact', { manifest: { artifactType: 'application/vnd.other' } }, 'NoMachineImage'],
    ['an image index', { manifest: { schemaVersion: 1 } }, 'NoMachineImage'],
    ['no layers', { manifest: { layers: null } }, 'RegistryData'],
    ['a layer that is none', { manifest: { layers: [7] } }, 'RegistryData'],
    ['another media type', { layers: [{ descriptor: { mediaType: 'text/plain' } }] }, 'RegistryData'],
    ['a digest that is none', { layers: [{ descriptor: { digest: 'sha256:../../etc/passwd' } }] }, 'RegistryData'],
    ['a size below nothing', { layers: [{ descriptor: { size: -1 } }] }, 'RegistryData'],
    ['a size beyond all', { layers: [{ descriptor: { size: 1e15 } }] }, 'RegistryData'],
    ['a size of half a byte', { layers: [{ descriptor: { size: 0.5 } }] }, 'RegistryData'],
    ['a smaller size than it has', { layers: [{ descriptor: { size: 1 } }] }, 'RegistryData'],
    ['a larger size than it has', { layers: [{ descriptor: { size: piece.length + 1 } }] }, 'RegistryData'],
    ['an offset that is none', { layers: [{ offset: '-1' }] }, 'RegistryData'],
    ['an offset that is a number', { layers: [{ offset: 0 }] }, 'RegistryData'],
    ['an offset between pieces', { layers: [{ offset: '4096' }] }, 'RegistryData'],
    ['an offset behind the disk', { layers: [{ offset: String(2 * MIB) }] }, 'RegistryData'],
    ['a place twice', { layers: [{}, {}] }, 'RegistryData'],
    ['places out of order', { layers: [{ offset: String(MIB) }, {}] }, 'RegistryData'],
    ['a config that is no JSON', { configBytes: Buffer.from('{') }, 'RegistryData'],
    ['a config that is no text', { configBytes: Buffer.from([0xff, 0xfe]) }, 'RegistryData'],
    ['a config beyond all', { configBytes: Buffer.alloc(100_000, ' ') }, 'RegistryData'],
    ['a newer version', { config: { version: 2 } }, 'FormatTooNew'],
    ['no disk', { config: { sizeBytes: 0 } }, 'RegistryData'],
    ['half a sector', { config: { sizeBytes: 2 * MIB + 1 } }, 'RegistryData'],
    ['a disk beyond all', { config: { sizeBytes: 2 ** 50 } }, 'RegistryData'],
    ['pieces of no size', { config: { pieceBytes: 0 } }, 'RegistryData'],
    ['pieces beyond all', { config: { pieceBytes: 2 ** 40 } }, 'RegistryData'],
    ['pieces of an odd size', { config: { pieceBytes: 3 * MIB } }, 'RegistryData'],
    ['an architecture that is none', { config: { architecture: 'vax' } }, 'RegistryData'],
    ['a platform that moves the cursor', { config: { platform: '\u001b[2J' } }, 'RegistryData'],
    ['a layer that is not packed', { layers: [{ bytes: randomBytes(1000) }] }, 'RegistryData'],
    ['a layer of less than a piece', { layers: [{ bytes: zstdCompressSync(Buffer.alloc(1000)) }] }, 'RegistryData'],
    ['a layer of more than a piece', { layers: [{ bytes: zstdCompressSync(Buffer.alloc(4 * MIB)) }] }, 'RegistryData'],
    [
      'layers that unpack to far more than they are',
      {
        config: { sizeBytes: 192 * MIB, pieceBytes: 64 * MIB },
        layers: Array.from({ length: 3 }, (_, index) => ({
          offset: String(index * 64 * MIB),
          bytes: zstdCompressSync(Buffer.alloc(64 * MIB, 'a')),
        })),
      },
      'RegistryData',
    ],
  ];
  for (const [what, made, code] of bad) {
    put(registry, made);
    await refuses(placeOf(registry), code).catch((error: Error) => {
      throw new Error(`${what}: ${error.message}`, { cause: error });
    });
  }
});

test('a registry that alters, cuts off, refuses, or has nothing', async () => {
  await using registry = await startFakeRegistry();
  const digest = put(registry);
  const at = placeOf(registry);
  const onBlob =
    (act: (response: ServerResponse) => void): Instead =>
    ({ url, method }, response) => {
      if (!url!.includes('/blobs/') || method !== 'GET') return false;
      act(response);
      return true;
    };
  registry.instead = onBlob((response) => response.writeHead(200).end(Buffer.alloc(piece.length, 'y')));
  await refuses(at, 'RegistryData');
  registry.instead = onBlob((response) => response.writeHead(200).end(Buffer.alloc(4 * MIB)));
  await refuses(at, 'RegistryData', /sends more than/);
  registry.instead = onBlob((response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('a little', () => response.destroy());
  });
  await refuses(at, 'RegistryUnreachable');
  registry.instead = onBlob((response) =>
    response.writeHead(500).end(JSON.stringify({ errors: [{ code: 'UNKNOWN', message: '\u001b[31m<b>' }, null] })),
  );
  await refuses(at, 'RegistryRefused', /answered 500 UNKNOWN when/);
  registry.instead = ({ url }, response) => {
    if (!url!.includes('/manifests/')) return false;
    response.writeHead(200).end(Buffer.alloc(5 * MIB, ' '));
    return true;
  };
  await refuses(at, 'RegistryData', /sends more than/);
  registry.instead = ({ url }, response) => {
    if (!url!.includes('/manifests/')) return false;
    response.writeHead(200).end('{}');
    return true;
  };
  await refuses(placeOf(registry, `@${digest}`), 'RegistryData', /digest differs/);
  registry.instead = () => false;
  await refuses(placeOf(registry, ':none'), 'NotInRegistry');
  registry.instead = (_, response) => {
    response.writeHead(403).end();
    return true;
  };
  await refuses(at, 'RegistryUnauthorized', /skopeo login/);
});

test('it goes where the registry sends it, but nowhere that is not safe', async () => {
  await using registry = await startFakeRegistry();
  await using store = await startFakeRegistry();
  put(registry);
  const at = placeOf(registry);
  const blobsAt =
    (base: string): Instead =>
    ({ url }, response) =>
      url!.includes('/blobs/sha256') && redirect(response, `${base}${url!}`);
  for (const [name, bytes] of registry.blobs) store.blobs.set(name, bytes);
  registry.instead = blobsAt(`http://${store.address}`);
  assert.equal((await pull(at)).code, 0);
  registry.instead = blobsAt('http://192.0.2.1');
  await refuses(at, 'RegistryData', /not safe/);
  registry.instead = blobsAt('file:///etc/passwd?');
  await refuses(at, 'RegistryData', /not safe/);
  registry.instead = blobsAt(`http://name:word@${store.address}`);
  await refuses(at, 'RegistryData', /not safe/);
  registry.instead = ({ url }, response) => redirect(response, url!);
  await refuses(at, 'RegistryData', /more than 5 times/);
  registry.instead = (_, response) => redirect(response, 'http://[');
  await refuses(at, 'RegistryData', /no address/);
});

test('passwords and tokens go to the registry, and nowhere else', async () => {
  await using registry = await startFakeRegistry();
  await using store = await startFakeRegistry();
  put(registry);
  for (const [name, bytes] of registry.blobs) store.blobs.set(name, bytes);
  const at = placeOf(registry);
  const auth = Buffer.from('lab:secret').toString('base64');
  const authFile = join(folder, 'auth.json');
  writeFileSync(authFile, JSON.stringify({ auths: { [registry.address]: { auth } } }));
  const env = { REGISTRY_AUTH_FILE: authFile };
  const behind =
    (challenge: string, wanted: string): Instead =>
    ({ url, headers }, response) => {
      if (url!.startsWith('/token')) {
        const isKnown = headers.authorization === `Basic ${auth}`;
        response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ token: 'a-token' }));
        return true;
      }
      if (headers.authorization !== wanted) {
        response.writeHead(401, { 'www-authenticate': challenge }).end();
        return true;
      }
      return url!.includes('/blobs/sha256') && redirect(response, `http://${store.address}${url!}`);
    };

  registry.instead = behind('Basic realm="lab"', `Basic ${auth}`);
  assert.equal((await pull(at, { env })).code, 0);
  await refuses(at, 'RegistryUnauthorized', /skopeo login/);
  const realm = `http://${registry.address}/token`;
  const scope = 'repository:lab/disk:pull';
  registry.instead = behind(`Bearer realm="${realm}",service="lab",scope="${scope}"`, 'Bearer a-token');
  assert.equal((await pull(at, { env })).code, 0);
  assert.ok(registry.asked.includes(`GET /token?service=lab&scope=${encodeURIComponent(scope)} Basic ${auth}`));
  await refuses(at, 'RegistryUnauthorized');
  registry.instead = behind('Bearer realm="http://192.0.2.1/token"', 'Bearer a-token');
  await refuses(at, 'RegistryData', /not safe/);
  registry.instead = behind('Digest realm="lab"', 'x');
  await refuses(at, 'RegistryUnauthorized');
  assert.ok(store.asked.length > 0);
  assert.deepEqual(
    store.asked.filter((line) => !line.endsWith(' -')),
    [],
  );
  writeFileSync(authFile, 'no JSON');
  assert.match((await pull(at, { env })).err, /^FileUnreadable: /m);
});

test('places that are none, and machines that can not be reached', async () => {
  const places = [
    'oci://',
    'oci://host',
    'oci://host/repository',
    'oci://host/Repository:1',
    'oci://host/a/../b:1',
    'oci://host/a:b:c',
    'oci://name:word@host/a:1',
    'oci://host/a@sha256:12',
    'oci://host/a:1?x',
    'oci://ho st/a:1',
    'oci://host:port/a:1',
    'https://host/a:1',
  ];
  for (const place of places) assert.equal((await pull(place)).code, 2, place);
  assert.deepEqual(parseReference(`oci://[::1]:5000/a/b-c:v1.2`), {
    host: '[::1]:5000',
    repository: 'a/b-c',
    version: 'v1.2',
  });
  const registry = await startFakeRegistry();
  const { address } = registry;
  await registry[Symbol.asyncDispose]();
  await refuses(`oci://${address}/lab/disk:1`, 'RegistryUnreachable');
});

test('Ctrl-C ends a pull, and leaves nothing', async () => {
  await using registry = await startFakeRegistry();
  put(registry);
  let interrupt = () => {};
  registry.instead = ({ url }) => {
    if (!url!.includes('/blobs/')) return false;
    // The answer never comes.
    interrupt();
    return true;
  };
  const ran = await pull(placeOf(registry), { interrupt: (act) => (interrupt = act) });
  assert.equal(ran.code, 130, ran.err);
  assert.deepEqual(readdirSync(join(world.world.dataDir, 'scratch')), []);
});

test('whatever a manifest or a config holds, it is read or refused', () => {
  const orFault = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof CliFault, String(error));
    }
  };
  const layers = [{ mediaType: LAYER, digest: digestOf(piece), size: 1, offset: 0 }];
  const keys = fc.constantFrom(
    'schemaVersion',
    'artifactType',
    'config',
    'layers',
    'version',
    'sizeBytes',
    '__proto__',
  );
  const values = fc.oneof(fc.jsonValue(), fc.constantFrom(1, 2, 'application/vnd.tongjing.image.v1'));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(keys, values)), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      orFault(() => readManifest(bytes));
      orFault(() => readConfig(bytes, layers));
    }),
    { numRuns: 2000 },
  );
});
