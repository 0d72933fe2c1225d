import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { CliFault } from '../fault.ts';
import {
  CONFIG_TYPE,
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

/** A raw disk file as an artifact: layers that the registry lacks, the config, and the manifest at last. */
export async function pushDisk(
  repository: Repository,
  version: string,
  disk: { path: string; sizeBytes: number; about: Omit<ImageConfig, 'version' | 'sizeBytes' | 'pieceBytes'> },
  onProgress: (percent: number) => void,
): Promise<Pushed> {
  const { sizeBytes, about } = disk;
  const pieceBytes = pieceBytesOf(sizeBytes);
  const zeros = Buffer.alloc(pieceBytes);
  const count = Math.ceil(sizeBytes / pieceBytes);
  const found = new Map<number, Layer>();
  const known = new Map<string, Promise<void>>();
  const sent = { sentLayers: 0, sentBytes: 0 };
  let done = 0;

  /** Once for each content, also where two pieces that are alike are in hand at once. */
  function send(digest: string, bytes: Uint8Array): Promise<void> {
    let sending = known.get(digest);
    if (!sending) {
      sending = (async () => {
        if (await repository.hasBlob(digest)) return;
        await repository.putBlob(digest, bytes);
        sent.sentLayers += 1;
        sent.sentBytes += bytes.length;
      })();
      known.set(digest, sending);
    }
    return sending;
  }

  await using file = await open(disk.path, 'r');
  await inParallel(count, Math.max(1, MEMORY_BYTES / pieceBytes), async (index) => {
    const offset = index * pieceBytes;
    const plain = Buffer.alloc(Math.min(pieceBytes, sizeBytes - offset));
    await readFully(file, plain, offset);
    if (!plain.equals(zeros.subarray(0, plain.length))) {
      const packed = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
      const digest = digestOf(packed);
      found.set(index, { mediaType: LAYER_TYPE, digest, size: packed.length, offset });
      await send(digest, packed);
    }
    onProgress((100 * (done += 1)) / count);
  });

  const layers = [...found].sort(([left], [right]) => left - right).map(([, layer]) => layer);
  const config = Buffer.from(JSON.stringify({ version: 1, ...about, sizeBytes, pieceBytes } satisfies ImageConfig));
  const manifest = writeManifest(
    { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length },
    layers,
    about.name,
  );
  if (manifest.length > LARGEST_MANIFEST_BYTES) {
    throw new CliFault('ImageTooLarge', `The disk has ${layers.length} pieces of data, more than one manifest holds.`);
  }
  const sentLayers = sent.sentLayers;
  await send(digestOf(config), config);
  const digest = await repository.putManifest(version, manifest);
  return { digest, layers: layers.length, sentLayers, sentBytes: sent.sentBytes + manifest.length };
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
