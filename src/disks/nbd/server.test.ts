import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { REGION, startVolumes, type VolumesFixture } from '../volumesFixture.ts';
import { connectNbd, encodeOption, encodeRequest, NbdError } from './client.ts';
import { Command, CommandFlag, Errno, MAX_PAYLOAD_BYTES, Option, TransmissionFlag } from './wire.ts';

const SIZE = 40 * 2 ** 20;
const bytes = (fill: string, length = 4096) => Buffer.alloc(length, fill);
const isErrno = (errno: number) => (error: unknown) => error instanceof NbdError && error.errno === errno;

async function start(): Promise<VolumesFixture & { socketPath: string }> {
  const s = await startVolumes('nbd');
  await s.volumes.create({ volumeId: 'v-1', regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null });
  const { socketPath } = await s.volumes.open('v-1');
  return Object.assign(s, { socketPath });
}

test('reads, writes, trims and zeroes, with simple and with structured replies', async () => {
  await using s = await start();
  for (const structuredReplies of [false, true]) {
    const client = await connectNbd(s.socketPath, { structuredReplies });
    const { sendFlush, sendFua, sendTrim, sendWriteZeroes, sendDf, sendCache, sendFastZero, readOnly, canMultiConn } =
      TransmissionFlag;
    const all = sendFlush | sendFua | sendTrim | sendWriteZeroes | sendDf | sendCache | sendFastZero;
    assert.equal(client.flags & all, all);
    assert.equal(client.flags & (readOnly | canMultiConn), 0);
    const data = bytes('some bytes, not aligned', 70_001);
    await client.write(12_345, data, CommandFlag.fua);
    assert.ok((await client.read(12_345, data.length)).equals(data));
    const around = await client.read(12_000, 80_000);
    assert.ok(around.subarray(0, 345).equals(Buffer.alloc(345)));
    assert.ok(around.subarray(345, 345 + data.length).equals(data));
    await client.trim(0, 16_384, CommandFlag.fua);
    await client.writeZeroes(20_000, 30_000, CommandFlag.noHole | CommandFlag.fastZero | CommandFlag.fua);
    assert.ok((await client.read(0, 16_384)).equals(Buffer.alloc(16_384)));
    assert.ok((await client.read(20_000, 30_000)).equals(Buffer.alloc(30_000)));
    assert.ok((await client.read(16_384, 3616)).equals(data.subarray(16_384 - 12_345, 20_000 - 12_345)));
    await client.request(Command.cache, 0, 0, 4096);
    await client.flush();
    await client.writeZeroes(0, SIZE);
    await client.disconnect();
  }
});

test('the longest request, and requests side by side', async () => {
  await using s = await start();
  const client = await connectNbd(s.socketPath);
  const long = Buffer.alloc(MAX_PAYLOAD_BYTES);
  for (let at = 0; at < long.length; at += 4) long.writeUInt32LE(at, at);
  await client.write(4 * 2 ** 20 + 100, long);
  assert.ok((await client.read(4 * 2 ** 20 + 100, long.length)).equals(long));
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => client.write(index * 5000, bytes(`number ${index}`, 5000))),
  );
  const found = await Promise.all(Array.from({ length: 300 }, (_, index) => client.read(index * 5000, 5000)));
  for (const [index, content] of found.entries()) assert.ok(content.equals(bytes(`number ${index}`, 5000)));
  await client.disconnect();
});

test('zero runs are told as holes, unless the client wants one piece', async () => {
  await using s = await start();
  const client = await connectNbd(s.socketPath);
  await client.write(CHUNK_BYTES, bytes('data'));
  const zeroes = await client.request(Command.read, 0, 0, CHUNK_BYTES);
  assert.deepEqual(zeroes.data, [{ offset: 0, length: CHUNK_BYTES, bytes: null }]);
  const whole = await client.request(Command.read, CommandFlag.df, 0, CHUNK_BYTES);
  assert.equal(whole.data.length, 1);
  assert.ok(whole.data[0]!.bytes!.equals(Buffer.alloc(CHUNK_BYTES)));
  assert.deepEqual(await client.blockStatus(0, SIZE), [
    { length: CHUNK_BYTES, flags: 3 },
    { length: 4096, flags: 0 },
    { length: SIZE - CHUNK_BYTES - 4096, flags: 3 },
  ]);
  assert.deepEqual(await client.blockStatus(100, SIZE - 100, CommandFlag.reqOne), [
    { length: CHUNK_BYTES - 100, flags: 3 },
  ]);
  await client.disconnect();
  const plain = await connectNbd(s.socketPath, { allocationContext: false });
  await assert.rejects(plain.blockStatus(0, 4096), isErrno(Errno.EINVAL));
  await plain.disconnect();
});

test('what is wrong with a request is told, and the connection goes on', async () => {
  await using s = await start();
  const client = await connectNbd(s.socketPath);
  const refused: [Promise<unknown>, number][] = [
    [client.read(SIZE - 100, 101), Errno.EINVAL],
    [client.read(0, 0), Errno.EINVAL],
    [client.request(Command.read, 0, 0, MAX_PAYLOAD_BYTES + 1), Errno.EINVAL],
    [client.read(Number.MAX_SAFE_INTEGER, 4096), Errno.EINVAL],
    [client.read(0, 4096, CommandFlag.reqOne), Errno.EINVAL],
    [client.write(SIZE - 100, bytes('beyond', 101)), Errno.ENOSPC],
    [client.write(0, Buffer.alloc(0)), Errno.EINVAL],
    [client.write(0, bytes('flags'), CommandFlag.df), Errno.EINVAL],
    [client.writeZeroes(SIZE, 1), Errno.ENOSPC],
    [client.writeZeroes(0, 4096, CommandFlag.df), Errno.EINVAL],
    [client.trim(SIZE, 1), Errno.EINVAL],
    [client.trim(0, 4096, CommandFlag.noHole), Errno.EINVAL],
    [client.request(Command.flush, 0, 1, 0), Errno.EINVAL],
    [client.request(Command.cache, 0, SIZE, 1), Errno.EINVAL],
    [client.blockStatus(SIZE, 1), Errno.EINVAL],
    [client.request(99, 0, 0, 0), Errno.EINVAL],
  ];
  await Promise.all(refused.map(([request, errno]) => assert.rejects(request, isErrno(errno))));
  assert.ok((await client.read(0, 4096)).equals(Buffer.alloc(4096)));
  await client.disconnect();
});

/** Says `part` and no more, and waits until the server hangs up. */
async function throwAt(socketPath: string, part: Buffer): Promise<void> {
  const socket = createConnection(socketPath);
  socket.on('error', () => {});
  socket.resume();
  socket.end(part);
  await once(socket, 'close');
}

const hello = Buffer.from([0, 0, 0, 3]);
const go = encodeOption(Option.go, Buffer.alloc(6));
const structured = encodeOption(Option.structuredReply, Buffer.alloc(0));

test('malformed handshakes and requests end their connection, never the process', async () => {
  await using s = await start();
  const { pid } = await s.status('v-1');
  const noise = fc.uint8Array({ maxLength: 200 }).map((part) => Buffer.from(part));
  const request = fc
    .tuple(
      fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7), fc.nat(0xffff)),
      fc.oneof(fc.constantFrom(0, 1, 4, 8, 31), fc.nat(0xffff)),
      fc.oneof(fc.nat(SIZE), fc.constantFrom(0, SIZE, Number.MAX_SAFE_INTEGER)),
      fc.oneof(fc.nat(9000), fc.constantFrom(0, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, 0xffff_ffff)),
      noise,
    )
    .map(([type, flags, offset, length, payload]) =>
      Buffer.concat([encodeRequest(type, flags, 7n, offset, length), payload]),
    );
  const stream = fc.oneof(
    noise,
    noise.map((part) => Buffer.concat([hello, part])),
    fc.array(fc.oneof(request, noise), { maxLength: 5 }).map((parts) => Buffer.concat([hello, go, ...parts])),
    fc.array(request, { maxLength: 5 }).map((parts) => Buffer.concat([hello, structured, go, ...parts])),
  );
  await fc.assert(
    fc.asyncProperty(stream, (part) => throwAt(s.socketPath, part)),
    { numRuns: 150 },
  );
  const client = await connectNbd(s.socketPath);
  await client.write(0, bytes('still here'));
  assert.ok((await client.read(0, 4096)).equals(bytes('still here')));
  await client.disconnect();
  assert.equal((await s.status('v-1')).pid, pid);
});

test('a client that breaks off in the middle of a write leaves the others what they wrote', async () => {
  await using s = await start();
  const before = await connectNbd(s.socketPath);
  await before.write(0, bytes('before', 2 ** 20));
  await before.disconnect();
  const cut = Buffer.concat([hello, go, encodeRequest(Command.write, 0, 1n, 2 ** 20, 2 ** 20), bytes('half', 300_000)]);
  await throwAt(s.socketPath, cut);
  const after = await connectNbd(s.socketPath);
  assert.ok((await after.read(0, 2 ** 20)).equals(bytes('before', 2 ** 20)));
  // Not acknowledged: each block is as it was, or as it would have become.
  const half = await after.read(2 ** 20, 2 ** 20);
  for (let at = 0; at < half.length; at += 4096) {
    const block = half.subarray(at, at + 4096);
    assert.ok(block.equals(Buffer.alloc(4096)) || block.equals(bytes('half', 300_000).subarray(at, at + 4096)));
  }
  await after.disconnect();
});

/** Lets the process write no file beyond `length`; it hears of it as of a full disk. */
async function limitFiles(s: VolumesFixture, length: number | 'unlimited'): Promise<void> {
  const { pid } = await s.status('v-1');
  // The soft limit alone: it can be raised again.
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${length}:`]);
}

test('a full disk is told to the client, and damages nothing', async () => {
  await using s = await start();
  const client = await connectNbd(s.socketPath);
  await client.write(0, bytes('kept'));
  await client.write(2 ** 20, bytes('kept'));
  await client.flush();
  await limitFiles(s, 2 ** 20);
  await client.write(4096, bytes('there is room here'));
  await assert.rejects(client.write(2 ** 20, bytes('no room')), isErrno(Errno.ENOSPC));
  await assert.rejects(client.write(3 * 2 ** 20, bytes('no room', 2 ** 20)), isErrno(Errno.ENOSPC));
  assert.ok((await client.read(2 ** 20, 4096)).equals(bytes('kept')));
  assert.ok((await client.read(3 * 2 ** 20, 2 ** 20)).equals(Buffer.alloc(2 ** 20)));

  // No room for what says where the blocks are: not flushed, and said so.
  await limitFiles(s, 0);
  await assert.rejects(client.flush(), (error) => error instanceof NbdError);
  await limitFiles(s, 'unlimited');
  await client.write(2 ** 20, bytes('room again'));
  await client.flush();
  await s.kill('v-1');
  const again = await s.client('v-1');
  assert.ok((await again.read(0, 4096)).equals(bytes('kept')));
  assert.ok((await again.read(4096, 4096)).equals(bytes('there is room here')));
  assert.ok((await again.read(2 ** 20, 4096)).equals(bytes('room again')));
  await again.disconnect();
});
