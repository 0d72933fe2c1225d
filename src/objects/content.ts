import { createHash } from 'node:crypto';
import type { ContentPartRow } from '../records/tables/objects.ts';
import { decodeChunks } from './awsChunked.ts';
import { checkSums, checksumsOf } from './checksums.ts';
import { createCrc64 } from './crc64.ts';
import { objectFault } from './faults.ts';
import type { ObjectCall, ObjectParts } from './parts.ts';

/** Bytes that are stored durably, and not reachable until a row names the blob. */
export interface StoredContent {
  blob: string;
  sizeBytes: number;
  /** MD5, hex. */
  md5: string;
  crc64: string;
}

/** One object by PutObject, one part. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;
/** Bytes of an XML body. */
const MAX_XML_BYTES = 1024 * 1024;

/** Stores the request's body as it comes, and checks it against all that the request says of it. Nothing is left of a body that is refused. */
export async function storeBody(call: ObjectCall): Promise<StoredContent> {
  const lengthBytes = announcedBytes(call);
  if (lengthBytes !== null && lengthBytes > MAX_BODY_BYTES) throw objectFault('EntityTooLarge');
  const wanted = wantedMd5(call);
  return storeStream(call.parts, checkedBody(call, lengthBytes), (md5) => {
    if (wanted !== null && md5 !== wanted) throw objectFault('BadDigest');
  });
}

/** Stores a stream. `check` hears of its MD5 (hex) before anything is there to be seen, and may throw. */
export async function storeStream(
  { blobs, ids }: Pick<ObjectParts, 'blobs' | 'ids'>,
  stream: AsyncIterable<Uint8Array>,
  check: (md5: string) => void = () => {},
): Promise<StoredContent> {
  const blob = ids.text(32);
  const hash = createHash('md5');
  const crc = await createCrc64();
  let md5 = '';
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      hash.update(piece);
      crc.update(piece);
      sizeBytes += piece.length;
      if (sizeBytes > MAX_BODY_BYTES) throw objectFault('EntityTooLarge');
      yield piece;
    }
    check((md5 = hash.digest('hex')));
  }
  await blobs.write(blob, counted());
  return { blob, sizeBytes, md5, crc64: crc.digest() };
}

/** Runs `record`, the transaction that names the blob; when it fails, the blob goes. */
export async function recorded<T>(
  { blobs }: Pick<ObjectParts, 'blobs'>,
  blob: string,
  record: () => Promise<T>,
): Promise<T> {
  try {
    return await record();
  } catch (error) {
    await blobs.delete(blob);
    throw error;
  }
}

/** The body of a request that carries XML. */
export async function readXmlBody(call: ObjectCall): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of checkedBody(call, announcedBytes(call))) {
    length += piece.length;
    if (length > MAX_XML_BYTES) throw objectFault('MalformedXML', 'The body is too long.');
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const wanted = wantedMd5(call);
  if (wanted !== null && createHash('md5').update(body).digest('hex') !== wanted) throw objectFault('BadDigest');
  return body.toString('utf8');
}

/** Null: not announced (`Transfer-Encoding: chunked`). */
function announcedBytes({ header, payload }: ObjectCall): number | null {
  const text = payload.kind === 'chunked' ? header('x-amz-decoded-content-length') : header('content-length');
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  if (header('transfer-encoding') === undefined && header('content-length') === undefined) return 0;
  return null;
}

async function* checkedBody(call: ObjectCall, lengthBytes: number | null): AsyncGenerator<Buffer> {
  const { header, payload, secret } = call;
  const sha256 = payload.kind === 'hashed' ? createHash('sha256') : null;
  const trailers = new Map<string, string>();
  const named = [
    ...call.headerNames(),
    ...(header('x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase()),
  ];
  const checksums = await checksumsOf(named);
  const body =
    payload.kind === 'chunked'
      ? decodeChunks(call.stream(), payload, secret, (name, value) => trailers.set(name, value))
      : call.stream();
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    sha256?.update(piece);
    for (const checksum of checksums.values()) checksum.update(piece);
    yield piece;
  }
  if (lengthBytes !== null && length !== lengthBytes) throw objectFault('IncompleteBody');
  if (sha256 && payload.kind === 'hashed' && sha256.digest('hex') !== payload.sha256) {
    throw objectFault('XAmzContentSHA256Mismatch');
  }
  checkSums(checksums, (name) => trailers.get(name) ?? header(name));
}

/** Hex; null: the client did not say. */
function wantedMd5({ header }: ObjectCall): string | null {
  const text = header('content-md5');
  if (text === undefined) return null;
  if (!/^[A-Za-z0-9+/]{22}==$/.test(text)) throw objectFault('InvalidDigest');
  return Buffer.from(text, 'base64').toString('hex');
}

/** `length` bytes from `offset` on of what the parts make together. */
export function readContent(
  { blobs, blobsInUse }: Pick<ObjectParts, 'blobs' | 'blobsInUse'>,
  parts: readonly ContentPartRow[],
  offset: number,
  length: number,
): AsyncGenerator<Buffer> {
  const names = parts.map(({ blob }) => blob);
  return blobsInUse.reading(names, readParts(blobs, parts, offset, length));
}

async function* readParts(
  blobs: ObjectParts['blobs'],
  parts: readonly ContentPartRow[],
  offset: number,
  length: number,
): AsyncGenerator<Buffer> {
  let start = 0;
  const end = offset + length;
  for (const { blob, sizeBytes } of parts) {
    const from = Math.max(offset, start);
    const to = Math.min(end, start + sizeBytes);
    if (from < to) yield* blobs.read(blob, from - start, to - from);
    start += sizeBytes;
    if (start >= end) return;
  }
}
