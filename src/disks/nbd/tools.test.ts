import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { REGION, startVolumes, type VolumesFixture } from '../volumesFixture.ts';

/** What others' clients make of the server. Their own checks are the assertions, where they have some. */
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const SIZE = 24 * 2 ** 20;

/** Random bytes, and zeros where the disk's third quarter is. */
function makeContent(): Buffer {
  const content = randomBytes(SIZE);
  content.fill(0, SIZE / 2, (SIZE * 3) / 4);
  return content;
}

async function openVolume(s: VolumesFixture, more: object = {}): Promise<string> {
  await s.volumes.create({ volumeId: 'v-1', regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null, ...more });
  return (await s.volumes.open('v-1')).uri;
}

function storedFrom(s: VolumesFixture, content: Buffer): ReturnType<VolumesFixture['stored']> {
  const chunks = new Map<number, Buffer>();
  for (let index = 0; index * CHUNK_BYTES < content.length; index++)
    chunks.set(index, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES));
  return s.stored(chunks);
}

test('nbdinfo sees the export, its sizes and its map', async () => {
  await using s = await startVolumes('tools');
  const uri = await openVolume(s);
  const writer = await s.client('v-1');
  await writer.write(2 ** 20, Buffer.alloc(2 ** 20, 1));
  await writer.disconnect();
  const { exports } = JSON.parse(run('nbdinfo', '--json', uri)) as { exports: Record<string, unknown>[] };
  const [found] = exports;
  assert.equal(found!['export-size'], SIZE);
  assert.deepEqual(found!['contexts'], ['base:allocation']);
  assert.equal(found!['block_size_minimum'], 1);
  assert.equal(found!['block_size_preferred'], 4096);
  assert.equal(found!['block_size_maximum'], 32 * 2 ** 20);
  assert.equal(found!['is_read_only'], false);
  assert.equal(found!['can_multi_conn'], false);
  for (const ability of ['can_flush', 'can_fua', 'can_trim', 'can_zero', 'can_df', 'can_fast_zero', 'can_cache'])
    assert.equal(found![ability], true, ability);
  assert.match(run('nbdinfo', '--list', uri), /export-size: 25165824/);
  const map = JSON.parse(run('nbdinfo', '--map', '--json', uri)) as { offset: number; length: number; type: number }[];
  assert.deepEqual(
    map.map(({ offset, length, type }) => [offset, length, type]),
    [
      [0, 2 ** 20, 3],
      [2 ** 20, 2 ** 20, 0],
      [2 * 2 ** 20, SIZE - 2 * 2 ** 20, 3],
    ],
  );
});

test('nbdcopy and qemu-img carry content in and out unchanged', async () => {
  await using s = await startVolumes('tools');
  const uri = await openVolume(s);
  const content = makeContent();
  const source = join(s.folder, 'source.raw');
  const copy = join(s.folder, 'copy.raw');
  writeFileSync(source, content);
  run('nbdcopy', '--flush', source, uri);
  await s.kill('v-1');
  await s.volumes.open('v-1');
  run('nbdcopy', uri, copy);
  assert.ok(readFileSync(copy).equals(content));
  assert.match(run('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', source, uri), /identical/);
  run('qemu-img', 'convert', '-n', '-f', 'raw', '-O', 'raw', '-W', '-m', '8', source, uri);
  const qcow2 = join(s.folder, 'copy.qcow2');
  run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', uri, qcow2);
  run('qemu-img', 'check', qcow2);
  assert.match(run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'raw', qcow2, uri), /identical/);
});

test('stored content is copied by several connections at once', async () => {
  await using s = await startVolumes('tools');
  const content = makeContent();
  const root = await storedFrom(s, content);
  const { uri } = await s.volumes.openStored({ exportId: 'i-1', regionId: REGION, root, sizeBytes: SIZE, keyId: null });
  const copy = join(s.folder, 'copy.raw');
  run('nbdcopy', '--connections=4', '--requests=16', uri, copy);
  assert.ok(readFileSync(copy).equals(content));
  assert.match(run('nbdinfo', uri), /is_read_only: true[\s\S]*can_multi_conn: true/);
});

test('a qcow2 image lives in a volume, and stays sound', async () => {
  await using s = await startVolumes('tools');
  const uri = await openVolume(s);
  run('qemu-img', 'create', '-q', '-f', 'qcow2', uri, '10M');
  const image = `driver=qcow2,file.driver=nbd,file.server.type=unix,file.server.path=${uri.split('socket=')[1]}`;
  run(
    'qemu-io',
    '--image-opts',
    image,
    '-c',
    'write -P 7 1M 3M',
    '-c',
    'discard 2M 512k',
    '-c',
    'write -z 3M 64k',
    '-c',
    'flush',
  );
  assert.match(run('qemu-img', 'check', '--image-opts', image), /No errors/);
  run(
    'qemu-io',
    '--image-opts',
    image,
    '-c',
    'read -P 7 1M 1M',
    '-c',
    'read -P 0 3M 64k',
    '-c',
    'read -P 7 3200k 800k',
  );
});

test('qemu-io: every kind of write over a stored base', async () => {
  await using s = await startVolumes('tools');
  const content = Buffer.alloc(SIZE, 0xb5);
  const uri = await openVolume(s, { baseRoot: await storedFrom(s, content) });
  const commands = [
    'read -P 0xb5 0 1M',
    'write -P 1 1000 5000',
    'read -P 0xb5 0 1000',
    'read -P 1 1000 5000',
    'read -P 0xb5 6000 90000',
    'write -z 1M 100000',
    'read -P 0 1M 100000',
    'write -z -u 2M 1M',
    'discard 3M 1M',
    'read -P 0 2M 2M',
    'read -P 0xb5 4M 1M',
    'write -f -P 9 3M 4k',
    'read -P 9 3M 4k',
    'aio_write -P 3 5M 2M',
    'aio_flush',
    'read -P 3 5M 2M',
    'flush',
  ];
  const output = run('qemu-io', '-f', 'raw', '-d', 'unmap', ...commands.flatMap((command) => ['-c', command]), uri);
  assert.doesNotMatch(output, /failed|mismatch|error/i);
});

test('fio writes, reads back and verifies every block', async () => {
  await using s = await startVolumes('tools');
  const uri = await openVolume(s, { baseRoot: await storedFrom(s, makeContent()) });
  for (const [rw, blockBytes] of [
    ['randrw', '4k'],
    ['randwrite', '1k-128k'],
    ['write', '1m'],
  ] as const) {
    const sizes = blockBytes.includes('-') ? [`--bsrange=${blockBytes}`, '--bs_unaligned=1'] : [`--bs=${blockBytes}`];
    const common = ['--ioengine=nbd', `--uri=${uri}`, `--rw=${rw}`, '--iodepth=16', `--size=${SIZE}`];
    const verify = [
      '--verify=crc32c',
      '--verify_fatal=1',
      '--do_verify=1',
      '--verify_state_save=0',
      '--fsync=64',
      '--output-format=json',
    ];
    const output = run('fio', '--name=verify', ...common, ...sizes, ...verify);
    const { jobs } = JSON.parse(output.slice(output.indexOf('{'))) as {
      jobs: { error: number; read: { total_ios: number }; write: { total_ios: number } }[];
    };
    assert.equal(jobs[0]!.error, 0);
    assert.ok(jobs[0]!.write.total_ios > 0 && jobs[0]!.read.total_ios > 0);
  }
});
