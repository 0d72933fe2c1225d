import { decodeChunks } from './awsChunked.ts';
import { objectFault } from './faults.ts';
import { isAlgorithm, type Algorithm } from './hashing/algorithms.ts';
import { hashHere, type Digests } from './hashing/hashes.ts';
import type { ObjectCall } from './parts.ts';

/** A request's body, and what the request says of it. */
export interface Body {
  /** Null: not announced (`Transfer-Encoding: chunked`). */
  lengthBytes: number | null;
  bytes: AsyncIterable<Buffer>;
  /** What `check` wants to know of the bytes. */
  algorithms: readonly Algorithm[];
  /** Throws when the bytes that came are not those that were announced. */
  check(digests: Digests, receivedBytes: number): void;
}

/** Bytes of an XML body. */
const MAX_XML_BYTES = 1024 * 1024;
const CHECKSUM = 'x-amz-checksum-';

export function bodyOf(call: ObjectCall): Body {
  const { dialect, header, payload } = call;
  const lengthBytes = announcedBytes(call);
  const md5 = wantedMd5(call);
  const trailers = new Map<string, string>();
  // By header, base64, in front or behind. Source: S3 API reference, "Checking object integrity".
  const sums = [...call.headerNames(), ...(header('x-amz-trailer') ?? '').toLowerCase().split(',')]
    .map((name) => name.trim())
    .flatMap((name) => {
      const algorithm = name.startsWith(CHECKSUM) ? name.slice(CHECKSUM.length) : '';
      return isAlgorithm(algorithm) ? [{ name, algorithm }] : [];
    });
  const algorithms = new Set<Algorithm>(sums.map(({ algorithm }) => algorithm));
  if (md5 !== null) algorithms.add('md5');
  if (payload.kind === 'hashed') algorithms.add('sha256');
  return {
    lengthBytes,
    bytes:
      payload.kind === 'chunked'
        ? decodeChunks(call.stream(), payload, call.secret, (name, value) => trailers.set(name, value))
        : call.stream(),
    algorithms: [...algorithms],
    check(digests, receivedBytes) {
      if (lengthBytes !== null && receivedBytes !== lengthBytes) throw objectFault('IncompleteBody');
      if (payload.kind === 'hashed' && digests.get('sha256')!.toString('hex') !== payload.sha256) {
        throw objectFault('XAmzContentSHA256Mismatch');
      }
      for (const { name, algorithm } of sums) {
        const given = trailers.get(name) ?? header(name);
        if (given !== digests.get(algorithm)!.toString('base64')) {
          throw objectFault('BadDigest', `${name} differs from what was received.`);
        }
      }
      if (md5 !== null && !digests.get('md5')!.equals(md5)) {
        throw objectFault(dialect === 'oss' ? 'InvalidDigest' : 'BadDigest');
      }
    },
  };
}

/** The body of a request that carries XML. */
export async function readXmlBody(call: ObjectCall): Promise<string> {
  const body = bodyOf(call);
  const hashes = await hashHere(body.algorithms);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body.bytes) {
    length += piece.length;
    if (length > MAX_XML_BYTES) throw objectFault('MalformedXML', 'The body is too long.');
    pieces.push(Buffer.from(piece));
    await hashes.update(piece);
  }
  body.check(await hashes.digest(), length);
  return Buffer.concat(pieces).toString('utf8');
}

function announcedBytes({ header, payload }: ObjectCall): number | null {
  const text = payload.kind === 'chunked' ? header('x-amz-decoded-content-length') : header('content-length');
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  if (header('transfer-encoding') === undefined && header('content-length') === undefined) return 0;
  return null;
}

/** Null: the client did not say. */
function wantedMd5({ header }: ObjectCall): Buffer | null {
  const text = header('content-md5');
  if (text === undefined) return null;
  if (!/^[A-Za-z0-9+/]{22}==$/.test(text)) throw objectFault('InvalidDigest');
  return Buffer.from(text, 'base64');
}
