import { text } from 'node:stream/consumers';
import { Readable, type Duplex } from 'node:stream';
import { once } from 'node:events';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Packing } from '../../rules/imageForms.ts';
import { COMMAND_NOT_FOUND, programMissing, startLimited } from '../sandbox.ts';
import { refuseBomb } from './bomb.ts';
import { checkDiskSize, imageFileInvalid, type ImageFile } from './source.ts';
import { createByteReader, untar, type Piece } from './tar.ts';

export type { Piece } from './tar.ts';

const PIECE_BYTES = 256 * 1024;
/** 128 MiB: what `zstd --long` uses, and no more. */
const ZSTD_WINDOW_LOG = 27;
/** `xz -9` needs 65 MiB. */
const XZ_MEMORY_BYTES = 100 * 1024 * 1024;
const XZ_LIMITS = { memoryBytes: 512 * 1024 * 1024, cpuSeconds: 24 * 3600, fileBytes: 0 };

const MAGIC = { gz: '\x1f\x8b\x08', zst: '\x28\xb5\x2f\xfd', xz: '\xfd7zXZ\0' } as const;
type Compression = keyof typeof MAGIC;

/** The one disk in a file, in ascending pieces, in constant memory. `onRead` hears how much of the file was read. */
export async function* unpack(
  file: ImageFile,
  packing: Packing | null,
  onRead: (bytes: number) => void,
): AsyncGenerator<Piece> {
  const isTar = packing?.startsWith('tar') === true;
  const compression = packing === null || packing === 'tar' ? null : (packing.replace('tar.', '') as Compression);
  const packed = readPieces(file, onRead);
  const plain = compression === null ? packed : decompressed(file, compression, packed);
  const pieces = isTar ? untar(createByteReader(plain), file.path) : inOrder(plain, file.path);
  try {
    yield* pieces;
  } finally {
    // Wherever the reading stopped: the decompressor ends.
    await plain.return(undefined);
  }
}

async function* readPieces(file: ImageFile, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.sizeBytes;) {
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, file.sizeBytes - at));
    if (file.read(piece, at) < piece.length) throw imageFileInvalid(`${file.path} became shorter while it was read`);
    at += piece.length;
    onRead(at);
    yield piece;
  }
}

async function* inOrder(plain: AsyncIterable<Buffer>, name: string): AsyncGenerator<Piece> {
  let at = 0;
  for await (const bytes of plain) {
    yield { at, bytes };
    at += bytes.length;
  }
  if (at === 0) throw imageFileInvalid(`${name} holds no bytes`);
  yield { at: checkDiskSize(at), bytes: Buffer.alloc(0) };
}

async function* decompressed(
  file: ImageFile,
  compression: Compression,
  packed: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const start = Buffer.alloc(MAGIC[compression].length);
  file.read(start, 0);
  if (start.toString('latin1') !== MAGIC[compression])
    throw imageFileInvalid(`${file.path} is declared as .${compression}, and does not begin as one`);
  let unpackedBytes = 0;
  try {
    const pieces = compression === 'xz' ? throughXz(packed) : through(decoder(compression), packed, file);
    for await (const bytes of pieces) {
      unpackedBytes += bytes.length;
      refuseBomb(file.path, unpackedBytes, file.sizeBytes);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof WorldFault) throw error;
    throw imageFileInvalid(`${file.path} is not a whole .${compression} file`, error);
  }
}

const decoder = (compression: 'gz' | 'zst') =>
  compression === 'gz'
    ? createGunzip({ chunkSize: PIECE_BYTES })
    : createZstdDecompress({
        chunkSize: PIECE_BYTES,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
      });

async function* through(
  unpacker: ReturnType<typeof decoder>,
  packed: AsyncIterable<Buffer>,
  file: ImageFile,
): AsyncGenerator<Buffer> {
  const source = feed(packed, unpacker);
  try {
    yield* unpacker as AsyncIterable<Buffer>;
    refuseRest(file, unpacker.bytesWritten);
  } finally {
    source.destroy();
    unpacker.destroy();
  }
}

/** The decoders end at the last member's end, whatever follows. Tapes and disks pad with zeros, nothing else belongs there. */
function refuseRest(file: ImageFile, from: number): void {
  const rest = Buffer.alloc(PIECE_BYTES);
  for (let at = from; at < file.sizeBytes; at += rest.length) {
    const filled = file.read(rest, at);
    if (rest.subarray(0, filled).some((byte) => byte !== 0))
      throw imageFileInvalid(`${file.path} holds something behind its compressed data`);
  }
}

function feed(packed: AsyncIterable<Buffer>, into: Duplex | NodeJS.WritableStream): Readable {
  const source = Readable.from(packed, { highWaterMark: 2 });
  source.on('error', (error) => (into as Duplex).destroy(error));
  source.pipe(into);
  return source;
}

/** Node has no xz: Debian's does it, a process of its own under limits. */
async function* throughXz(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const argv = ['--decompress', '--stdout', '--threads=1', `--memlimit-decompress=${XZ_MEMORY_BYTES}`];
  const child = startLimited('xz', argv, XZ_LIMITS);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const words = text(child.stderr!);
  let source: Readable | null = null;
  let fault: Error | null = null;
  // It may end before it has read everything: its exit says why.
  child.stdin!.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') fault ??= error;
  });
  try {
    ended.catch(() => {});
    source = feed(packed, child.stdin!);
    source.on('error', (error) => (fault ??= error));
    yield* child.stdout as AsyncIterable<Buffer>;
    const [status] = await ended;
    if (fault) throw fault;
    if (status === COMMAND_NOT_FOUND) throw programMissing('xz', 'xz-utils');
    if (status !== 0) throw new Error((await words).trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall?.startsWith('spawn')) throw systemFault(error, 'start xz');
    throw error;
  } finally {
    source?.destroy();
    child.kill('SIGKILL');
  }
}
