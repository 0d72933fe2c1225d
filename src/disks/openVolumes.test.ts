import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { openIndexReader, segmentPath } from '../blocks/chunkIndex.ts';
import { openDiskReader } from '../blocks/diskReader.ts';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { connectNbd, NbdError } from './nbd/client.ts';
import { Errno, OptionReply, TransmissionFlag } from './nbd/wire.ts';
import { openVolumes } from './openVolumes.ts';
import { startProcess } from './volume/start.ts';
import { fakeKeys, REGION, startVolumes } from './volumesFixture.ts';

const MIB = 2 ** 20;
const spec = (volumeId: string, more: object = {}) => ({
  volumeId,
  regionId: REGION,
  sizeBytes: 8 * MIB,
  baseRoot: null,
  keyId: null,
  ...more,
});
const isErrno = (errno: number) => (error: unknown) => error instanceof NbdError && error.errno === errno;
const bytes = (fill: string, length = 4096) => Buffer.alloc(length, fill);

test('a volume is made, written, closed, opened again and removed', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  await s.volumes.create(spec('v-1'));
  assert.equal((await s.volumes.usage('v-1')).isOpen, false);
  const exported = await s.volumes.open('v-1');
  assert.equal(exported.uri, `nbd+unix:///?socket=${exported.socketPath}`);
  assert.deepEqual(await s.volumes.open('v-1'), exported);
  const client = await connectNbd(exported.socketPath);
  assert.equal(client.sizeBytes, 8 * MIB);
  await client.write(5 * MIB, bytes('written, not flushed'));
  await s.volumes.create(spec('v-1'));
  const { allocatedBytes, isOpen } = await s.volumes.usage('v-1');
  assert.ok(isOpen);
  assert.ok(allocatedBytes >= 4096 && allocatedBytes < 8 * MIB);

  await s.volumes.close('v-1');
  await client.ended;
  assert.equal(await s.control('v-1'), null);
  assert.equal(existsSync(exported.socketPath), false);
  const again = await s.client('v-1');
  assert.ok((await again.read(5 * MIB, 4096)).equals(bytes('written, not flushed')));
  await s.volumes.remove('v-1');
  await again.ended;
  assert.deepEqual(readdirSync(join(s.folder, 'volumes')), []);
  await s.volumes.remove('v-1');
  await s.volumes.close('v-1');
  await assert.rejects(s.volumes.open('v-1'), { code: 'VolumeMissing' });
  await assert.rejects(s.volumes.usage('v-1'), { code: 'VolumeMissing' });
  await assert.rejects(s.volumes.resize('v-1', 9 * MIB), { code: 'VolumeMissing' });
});

test('one client writes at a time; who comes after it left is let in', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  const { socketPath } = await s.volumes.open('v-1');
  const first = await connectNbd(socketPath);
  await assert.rejects(connectNbd(socketPath), isErrno(OptionReply.errorPolicy));
  await first.write(0, bytes('first'));
  await first.disconnect();
  for (let turn = 0; turn < 10; turn++) {
    const next = await connectNbd(socketPath);
    await next.write(turn * 4096, bytes(`turn ${turn}`));
    if (turn % 2 === 0) next.destroy();
    else await next.disconnect();
  }
  const last = await connectNbd(socketPath);
  for (let turn = 1; turn < 10; turn += 2)
    assert.ok((await last.read(turn * 4096, 4096)).equals(bytes(`turn ${turn}`)));
  await last.disconnect();
});

test('a volume grows, open and closed; the new part is zero and can be written', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  await s.volumes.resize('v-1', 9 * MIB);
  await s.ended('v-1');
  const client = await s.client('v-1');
  assert.equal(client.sizeBytes, 9 * MIB);
  await assert.rejects(client.write(9 * MIB, bytes('beyond')), isErrno(Errno.ENOSPC));
  await s.volumes.resize('v-1', 3 * 2 ** 40);
  const far = 3 * 2 ** 40 - 4096;
  assert.ok((await client.read(far, 4096)).equals(Buffer.alloc(4096)));
  await client.write(far, bytes('far'));
  await client.flush();
  await s.kill('v-1');
  const again = await s.client('v-1');
  assert.equal(again.sizeBytes, 3 * 2 ** 40);
  assert.ok((await again.read(far, 4096)).equals(bytes('far')));
  // It never shrinks.
  await s.volumes.resize('v-1', MIB);
  await again.disconnect();
  assert.equal((await s.status('v-1')).sizeBytes, 3 * 2 ** 40);
});

test('a service that died is followed by one that finds its processes', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  const client = await s.client('v-1');
  await client.write(0, bytes('before'));
  const { pid } = await s.status('v-1');
  await s.replaceService();
  assert.equal((await s.volumes.usage('v-1')).isOpen, true);
  await s.volumes.open('v-1');
  assert.equal((await s.status('v-1')).pid, pid);
  assert.ok((await client.read(0, 4096)).equals(bytes('before')));
  // Its end is theirs, also when it never heard of them.
  await s.replaceService();
  await s.volumes[Symbol.asyncDispose]();
  assert.equal(await s.control('v-1'), null);
});

test('a volume whose process was killed leaves nothing when it is removed', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  const { socketPath } = await s.volumes.open('v-1');
  await s.kill('v-1');
  assert.ok(existsSync(socketPath));
  // The fixture's own connection learns of the death before the service's may have: what it asks then may be asked again.
  await s.volumes.close('v-1').catch(() => {});
  await s.volumes.remove('v-1');
  assert.deepEqual(
    readdirSync(join(s.folder, 'run')).filter((name) => name !== 'volumes.log'),
    [],
  );
});

test('a process that takes connections while it dies is followed by another', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  let deaths = 0;
  const dying = createServer((socket) => {
    socket.once('data', () => {
      if (++deaths === 3) dying.close();
      socket.destroy();
    });
  });
  await once(dying.listen(join(s.folder, 'run', 'v-1.control')), 'listening');
  const client = await s.client('v-1');
  assert.equal(deaths, 3);
  await client.write(0, bytes('after'));
});

test('a volume belongs to one process', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  await s.volumes.open('v-1');
  const other = {
    folder: join(s.folder, 'volumes', 'v-1'),
    storeFolder: s.blocks.folder(REGION),
    root: null,
    sizeBytes: 0,
    controlPath: join(s.folder, 'run', 'other.control'),
    exportPath: join(s.folder, 'run', 'other.nbd'),
  };
  await assert.rejects(startProcess(other, join(s.folder, 'run')), { code: 'VolumeInUse', retryable: true });
  await s.kill('v-1');
  const client = await startProcess(other, join(s.folder, 'run'));
  await client.request('end', {});
  await client.ended;
});

test('a volume of a newer version is left alone', async () => {
  await using s = await startVolumes('volumes');
  for (const volumeId of ['v-1', 'v-2']) await s.volumes.create(spec(volumeId));
  const identity = join(s.folder, 'volumes', 'v-1', 'volume.json');
  writeFileSync(identity, readFileSync(identity, 'utf8').replace('"version":1', '"version":3'));
  const database = new DatabaseSync(join(s.folder, 'volumes', 'v-2', 'state.db'));
  database.exec('PRAGMA user_version = 2');
  database.close();
  for (const volumeId of ['v-1', 'v-2']) await assert.rejects(s.volumes.open(volumeId), { code: 'FormatTooNew' });
});

test('what a crash left of making and removing volumes is swept away', async () => {
  await using s = await startVolumes('volumes');
  await s.volumes.create(spec('v-1'));
  for (const name of ['.new-v-2', '.gone-v-3']) mkdirSync(join(s.folder, 'volumes', name));
  await s.replaceService();
  assert.deepEqual(readdirSync(join(s.folder, 'volumes')), ['v-1']);
});

test('stored content is read by many clients, and written by none', async () => {
  await using s = await startVolumes('volumes');
  const root = await s.stored(new Map([[1, bytes('one', CHUNK_BYTES)]]));
  const disk = { exportId: 'snap-1', regionId: REGION, root, sizeBytes: 2 * CHUNK_BYTES + 4096, keyId: null };
  const { socketPath } = await s.volumes.openStored(disk);
  const clients = await Promise.all([1, 2, 3].map(() => connectNbd(socketPath)));
  for (const client of clients) {
    assert.equal(client.sizeBytes, disk.sizeBytes);
    assert.ok(client.flags & TransmissionFlag.readOnly && client.flags & TransmissionFlag.canMultiConn);
    assert.ok(
      (await client.read(CHUNK_BYTES - 100, 200)).equals(Buffer.concat([Buffer.alloc(100), bytes('one', 100)])),
    );
    assert.deepEqual(await client.blockStatus(0, disk.sizeBytes), [
      { length: CHUNK_BYTES, flags: 3 },
      { length: CHUNK_BYTES, flags: 0 },
      { length: 4096, flags: 3 },
    ]);
    await assert.rejects(client.write(0, bytes('x')), isErrno(Errno.EPERM));
    await assert.rejects(client.trim(0, 4096), isErrno(Errno.EPERM));
    await assert.rejects(client.writeZeroes(0, 4096), isErrno(Errno.EPERM));
  }
  const { pid } = await s.status('snap-1');
  await s.volumes.openStored(disk);
  assert.equal((await s.status('snap-1')).pid, pid);
  // Another content under the name: another process.
  await s.volumes.openStored({ ...disk, root: null });
  await Promise.all(clients.map(({ ended }) => ended));
  const empty = await connectNbd(socketPath, { allocationContext: true });
  assert.deepEqual(await empty.blockStatus(0, disk.sizeBytes), [{ length: disk.sizeBytes, flags: 3 }]);
  await empty.disconnect();
});

test('a damaged chunk fails its reads, and nothing else', async () => {
  await using s = await startVolumes('volumes');
  const root = await s.stored(new Map([0, 1].map((index) => [index, bytes(`chunk ${index}`, CHUNK_BYTES)])));
  await s.volumes.create(spec('v-1', { baseRoot: root }));
  const storeFolder = s.blocks.folder(REGION);
  const reader = openDiskReader(storeFolder, root, CHUNK_BYTES);
  const index = openIndexReader(storeFolder);
  const location = index.find(reader.hashOf(0)!)!;
  for (const open of [reader, index]) open.close();
  const path = segmentPath(storeFolder, location.segment);
  const segment = readFileSync(path);
  segment[location.offset + location.length - 1]! ^= 1;
  writeFileSync(path, segment);

  const client = await s.client('v-1');
  const { pid } = await s.status('v-1');
  await assert.rejects(client.read(0, 4096), isErrno(Errno.EIO));
  // A block written in part needs the rest of it.
  await assert.rejects(client.write(100, bytes('x', 100)), isErrno(Errno.EIO));
  await client.write(0, bytes('whole'));
  assert.ok((await client.read(0, 4096)).equals(bytes('whole')));
  assert.ok((await client.read(CHUNK_BYTES, 4096)).equals(bytes('chunk 1', CHUNK_BYTES).subarray(0, 4096)));
  assert.equal((await s.status('v-1')).pid, pid);
  assert.match(
    readFileSync(join(s.folder, 'run', 'volumes.log'), 'utf8'),
    /read: WorldFault: Chunk [0-9a-f]{64} cannot be read/,
  );
  await client.disconnect();
});

test('a data folder with a long path has its sockets elsewhere', async () => {
  await using s = await startVolumes('volumes');
  const dataFolder = join(s.folder, 'long'.repeat(30));
  const volumes = await openVolumes({ dataFolder, blocks: s.blocks, keys: fakeKeys, log: silentLog });
  await volumes.create(spec('v-1'));
  const { socketPath } = await volumes.open('v-1');
  assert.ok(!socketPath.startsWith(dataFolder) && socketPath.length < 108);
  const client = await connectNbd(socketPath);
  await client.write(0, bytes('here'));
  await client.disconnect();
  await volumes[Symbol.asyncDispose]();
  assert.equal(existsSync(dirname(socketPath)), false);
});

test('sockets are put into no folder that others can enter', async () => {
  await using s = await startVolumes('volumes');
  chmodSync(join(s.folder, 'run'), 0o755);
  await assert.rejects(s.replaceService(), { code: 'NoPermission' });
  chmodSync(join(s.folder, 'run'), 0o700);
});
