import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { createIds } from '../../base/ids.ts';
import { silentLog } from '../../base/log.ts';
import { openBlocks } from '../../blocks/blocks.ts';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { temporaryFolder } from '../../blocks/storeFixture.ts';
import { openTransfers } from '../transfers.ts';
import { openQcow2 } from './qcow2.ts';
import { openImageFile } from './source.ts';
import { zstdContentBytes } from './zstdFrame.ts';

const KIB = 1024;
const REGION = 'cn-hangzhou';

/** Text that packs to about three quarters. */
const text = (bytes: number) => Buffer.from(randomBytes(bytes).toString('base64').slice(0, bytes));

/** As a qcow2 file of zstd clusters. */
function qcow2Of(folder: string, raw: Buffer, clusterBytes = 64 * KIB): string {
  const [from, to] = [join(folder, 'disk.raw'), join(folder, `${clusterBytes}.qcow2`)];
  writeFileSync(from, raw);
  const options = `compression_type=zstd,cluster_size=${clusterBytes}`;
  execFileSync('qemu-img', ['convert', '-q', '-c', '-f', 'raw', '-O', 'qcow2', '-o', options, from, to]);
  return to;
}

test('a chunk of whole zstd clusters is answered as it lies in the file; any other is not', () => {
  using temporary = temporaryFolder('frames');
  const zeros = Buffer.alloc(64 * KIB);
  const raw = Buffer.concat([
    text(CHUNK_BYTES),
    zeros,
    text(CHUNK_BYTES - zeros.length),
    Buffer.alloc(CHUNK_BYTES),
    text(100 * KIB),
  ]);
  const into = Buffer.alloc(CHUNK_BYTES);
  for (const clusterBytes of [64 * KIB, 128 * KIB, 256 * KIB]) {
    const source = openQcow2(openImageFile({ path: qcow2Of(temporary.path, raw, clusterBytes) }));
    const frames = source.readFrames!(0, into)!;
    assert.ok(into.equals(raw.subarray(0, CHUNK_BYTES)));
    assert.ok(zstdDecompressSync(frames).equals(into), 'any decoder reads them');
    assert.ok(zstdDecompressSync(source.readFrames!(1, into)!).equals(raw.subarray(CHUNK_BYTES, 2 * CHUNK_BYTES)));
    assert.equal(source.readFrames!(2, into), null, 'all zeros are no frames');
    assert.equal(source.readFrames!(3, into), null, 'the last chunk is not whole');
    source.close();
  }
  for (const clusterBytes of [4 * KIB, 32 * KIB, 512 * KIB, 2048 * KIB]) {
    const source = openQcow2(openImageFile({ path: qcow2Of(temporary.path, raw, clusterBytes) }));
    assert.equal(source.readFrames, undefined, 'too small, or more than a chunk');
    source.close();
  }
});

test('frames that hold something else than their clusters are not taken, however they add up', () => {
  using temporary = temporaryFolder('frames');
  const path = qcow2Of(temporary.path, Buffer.alloc(CHUNK_BYTES, 'abcdefgh'));
  const bytes = readFileSync(path);
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const places: number[] = [];
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) places.push(at);
  assert.equal(places.length, 4);
  const into = Buffer.alloc(CHUNK_BYTES);
  const frame = bytes.subarray(places[3]);
  assert.equal(zstdContentBytes(frame), 64 * KIB);
  const lies: Record<string, Buffer> = {
    'more than a cluster': zstdCompressSync(Buffer.alloc(100 * KIB, 'abcdefgh')),
    'less than a cluster': zstdCompressSync(Buffer.alloc(28 * KIB, 'abcdefgh')),
    'another length than it says': Buffer.from(frame).fill(0, 5, 7),
  };
  for (const [what, lie] of Object.entries(lies)) {
    const changed = Buffer.concat([bytes, Buffer.alloc(512)]);
    lie.copy(changed, places[3]!, 0, Math.min(lie.length, 512));
    writeFileSync(path, changed);
    const source = openQcow2(openImageFile({ path }));
    assert.equal(source.readFrames!(0, into), null, what);
    assert.throws(() => source.readChunk(0, into), { code: 'ImageFileInvalid' }, what);
    source.close();
  }
});

test('an import keeps the frames as they are, and what it stored is read back', async () => {
  using temporary = temporaryFolder('frames');
  const noise = randomBytes(CHUNK_BYTES);
  const raw = Buffer.concat([text(4 * CHUNK_BYTES), noise, Buffer.alloc(CHUNK_BYTES), text(CHUNK_BYTES / 2)]);
  const path = qcow2Of(temporary.path, raw);
  truncateSync(join(temporary.path, 'disk.raw'), raw.length);
  await using blocks = openBlocks({ dataFolder: join(temporary.path, 'data'), ids: createIds(), log: silentLog });
  await using transfers = openTransfers({ blocks, scratchFolder: join(temporary.path, 'scratch') });
  for (const key of [null, { id: 'one', secret: randomBytes(32) }]) {
    await using lease = await blocks.lease(REGION);
    const disk = await transfers.importFile({ path, format: 'qcow2' }, { lease, key });
    const fromRaw = await transfers.importFile(
      { path: join(temporary.path, 'disk.raw'), format: 'raw' },
      { lease, key },
    );
    assert.equal(disk.root, fromRaw.root, 'a chunk is named by what it holds, however it is packed');
    const out = join(temporary.path, 'out.raw');
    await transfers.exportFile({ regionId: REGION, key, ...disk }, out, {});
    assert.ok(readFileSync(out).equals(raw));
    assert.ok(disk.storedBytes < statSync(path).size);
  }
});
