import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { CliFault } from '../fault.ts';
import { readConfig, readManifest, type ImageConfig, type Layer } from './artifact.ts';
import { inParallel } from './inParallel.ts';
import type { Repository } from './registry.ts';

const decompress = promisify(zstdDecompress);
/** Of pieces that are in hand at once. */
const MEMORY_BYTES = 64 * 1024 ** 2;
/** What is all zeros stays a hole, by this much. */
const HOLE_BYTES = 64 * 1024;
const zeros = Buffer.alloc(HOLE_BYTES);

/** What layers may unpack to that is not zeros: so many times their size, after so much. No disk that anybody uses comes near. */
const MOST_TIMES = 2048;
const FREE_BYTES = 128 * 1024 ** 2;

/** An artifact as a raw disk file at `path`, which must not exist. Everything is checked before it is written. */
export async function pullDisk(
  repository: Repository,
  version: string,
  path: string,
  onProgress: (percent: number) => void,
): Promise<ImageConfig> {
  const { config, layers } = readManifest(await repository.getManifest(version));
  const about = readConfig(await repository.getBlob(config), layers);
  const { sizeBytes, pieceBytes } = about;
  await using file = await open(path, 'wx', 0o600);
  await file.truncate(sizeBytes);
  let done = 0;
  let [packed, written] = [0, 0];
  await inParallel(layers.length, Math.max(1, MEMORY_BYTES / pieceBytes), async (index) => {
    const layer = layers[index]!;
    const plain = await plainOf(repository, layer, Math.min(pieceBytes, sizeBytes - layer.offset));
    packed += layer.size;
    written += await writeSparsely(file, plain, layer.offset);
    if (written > FREE_BYTES + MOST_TIMES * packed) {
      throw new CliFault('RegistryData', 'The layers unpack to far more than they are.');
    }
    onProgress((100 * (done += 1)) / layers.length);
  });
  return about;
}

async function plainOf(repository: Repository, layer: Layer, plainBytes: number): Promise<Buffer> {
  const packed = await repository.getBlob(layer);
  const plain = await decompress(packed, { maxOutputLength: plainBytes }).catch(() => null);
  if (plain?.length !== plainBytes) {
    throw new CliFault('RegistryData', `The layer for byte ${layer.offset} of the disk is no piece of a disk.`);
  }
  return plain;
}

/** Answers how many bytes were written. */
async function writeSparsely(file: FileHandle, plain: Buffer, offset: number): Promise<number> {
  let written = 0;
  for (let at = 0; at < plain.length; at += HOLE_BYTES) {
    const part = plain.subarray(at, at + HOLE_BYTES);
    if (part.equals(zeros.subarray(0, part.length))) continue;
    const { bytesWritten } = await file.write(part, 0, part.length, offset + at);
    if (bytesWritten < part.length) throw new CliFault('DiskFull', 'There is no room for the disk.');
    written += part.length;
  }
  return written;
}
