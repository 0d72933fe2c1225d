import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { CliFault } from '../fault.ts';
import {
  CONFIG_TYPE,
  LARGEST_DISK_BYTES,
  LARGEST_MANIFEST_BYTES,
  LAYER_TYPE,
  pieceBytesOf,
  writeManifest,
  type ImageConfig,
  type Layer,
} from './artifact.ts';
import { inParallel } from './inParallel.ts';
import { digestOf, type Repository } from './registry.ts';

const compress = promisify(zstdCompress);
/** Never changed without need: a layer that is packed otherwise is another blob, and is sent again. */
const LEVEL = 3;
/** Of pieces that are in hand at once. */
const MEMORY_BYTES = 64 * 1024 ** 2;

export interface Pushed {
  digest: string;
  layers: number;
  sentLayers: number;
  sentBytes: number;
}

/** A disk before it is read. */
export interface Disk {
  sizeBytes: number;
  /** Where it may be other than zero: start, end, start, end … in bytes, ascending. */
  data: readonly number[];
  about: Omit<ImageConfig, 'version' | 'sizeBytes' | 'pieceBytes'>;
}

/**
 * A disk as an artifact: the config, layers that the registry lacks, and the manifest at last. The disk is read (as a raw file, whose path is answered) once the
 * registry has taken the config: what is wrong with the registry, or with our credentials, shows before.
 */
export async function pushDisk(
  repository: Repository,
  version: string,
  { sizeBytes, data, about, read }: Disk & { read(): Promise<string> },
  onProgress: (percent: number) => void,
): Promise<Pushed> {
  const pieceBytes = pieceBytesOf(sizeBytes);
  const zeros = Buffer.alloc(pieceBytes);
  const pieces = piecesOf(data, pieceBytes);
  const found = new Map<number, Layer>();
  const known = new Map<string, Promise<void>>();
  const sent = { blobs: 0, bytes: 0 };

  /** Once for each content, also where two pieces that are alike are in hand at once. */
  function send(digest: string, bytes: Uint8Array): Promise<void> {
    let sending = known.get(digest);
    if (!sending) {
      sending = (async () => {
        if (await repository.hasBlob(digest)) return;
        await repository.putBlob(digest, bytes);
        sent.blobs += 1;
        sent.bytes += bytes.length;
      })();
      known.set(digest, sending);
    }
    return sending;
  }

  const manifestOf = (layers: readonly Layer[]) =>
    writeManifest({ mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length }, layers, about.name);

  const config = Buffer.from(JSON.stringify({ version: 1, ...about, sizeBytes, pieceBytes } satisfies ImageConfig));
  refuseTooLarge(sizeBytes, manifestOf(pieces.map((piece) => largestLayer(piece * pieceBytes, pieceBytes))).length);
  await send(digestOf(config), config);
  const before = sent.blobs;

  await using file = await open(await read(), 'r');
  let done = 0;
  await inParallel(pieces.length, Math.max(1, MEMORY_BYTES / pieceBytes), async (index) => {
    const offset = pieces[index]! * pieceBytes;
    const plain = Buffer.alloc(Math.min(pieceBytes, sizeBytes - offset));
    await readFully(file, plain, offset);
    if (!plain.equals(zeros.subarray(0, plain.length))) {
      const packed = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
      const digest = digestOf(packed);
      found.set(index, { mediaType: LAYER_TYPE, digest, size: packed.length, offset });
      await send(digest, packed);
    }
    onProgress((100 * (done += 1)) / pieces.length);
  });

  const layers = [...found].sort(([left], [right]) => left - right).map(([, layer]) => layer);
  const manifest = manifestOf(layers);
  const digest = await repository.putManifest(version, manifest);
  return { digest, layers: layers.length, sentLayers: sent.blobs - before, sentBytes: sent.bytes + manifest.length };
}

/** The pieces that hold data, ascending. */
function piecesOf(data: readonly number[], pieceBytes: number): number[] {
  const pieces: number[] = [];
  for (let at = 0; at < data.length; at += 2) {
    const first = Math.max(Math.floor(data[at]! / pieceBytes), (pieces.at(-1) ?? -1) + 1);
    for (let piece = first; piece * pieceBytes < data[at + 1]!; piece++) pieces.push(piece);
  }
  return pieces;
}

/** None takes more of a manifest. */
const largestLayer = (offset: number, pieceBytes: number): Layer => ({
  mediaType: LAYER_TYPE,
  digest: digestOf(new Uint8Array()),
  size: 2 * pieceBytes,
  offset,
});

function refuseTooLarge(sizeBytes: number, manifestBytes: number): void {
  if (sizeBytes <= LARGEST_DISK_BYTES && manifestBytes <= LARGEST_MANIFEST_BYTES) return;
  throw new CliFault('ImageTooLarge', 'The disk, or its data, is more than one manifest holds.');
}

async function readFully(
  file: { read(into: Buffer, at: number, length: number, from: number): Promise<{ bytesRead: number }> },
  into: Buffer,
  from: number,
): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await file.read(into, at, into.length - at, from + at);
    if (bytesRead === 0) throw new CliFault('FileUnreadable', 'The disk ended before its size.');
    at += bytesRead;
  }
}
