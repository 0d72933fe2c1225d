import { createHash, createHmac } from 'node:crypto';
import { objectFault } from './faults.ts';
import { isEqual } from './signatures/equal.ts';
import type { Payload } from './signatures/signature.ts';

/** No SDK sends chunks longer than this; a signed one is held in memory until its signature is checked. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const MAX_LINE_BYTES = 8192;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

type Chunked = Extract<Payload, { kind: 'chunked' }>;

/**
 * The plain bytes of an `aws-chunked` body. Chunk signatures are checked; `onTrailer` hears of each trailing header. Source: S3 API reference, "Signature
 * calculations for the Authorization header: transferring payload in multiple chunks".
 */
export async function* decodeChunks(
  body: AsyncIterable<Buffer>,
  { isSigned, seed, scope, date, keyFor }: Chunked,
  secret: string,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Buffer> {
  const input = createInput(body);
  const key = keyFor(secret);
  let previous = seed;

  function check(signature: string | undefined, bytes: Uint8Array): void {
    if (!isSigned) return;
    const digest = createHash('sha256').update(bytes).digest('hex');
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, EMPTY_SHA256, digest].join('\n');
    const wanted = createHmac('sha256', key).update(text).digest('hex');
    if (!isEqual(signature ?? '', wanted)) throw objectFault('SignatureDoesNotMatch', 'A chunk of the body is wrong.');
    previous = wanted;
  }

  for (;;) {
    const line = await input.line();
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    const length = match ? Number.parseInt(match[1]!, 16) : -1;
    if (!match || length > MAX_CHUNK_BYTES) throw objectFault('IncompleteBody', 'A chunk of the body is malformed.');
    if (length === 0) {
      check(match[2], Buffer.alloc(0));
      break;
    }
    const bytes = await input.take(length);
    check(match[2], bytes);
    yield bytes;
    if ((await input.line()) !== '') throw objectFault('IncompleteBody', 'A chunk of the body is malformed.');
  }
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    const colon = line.indexOf(':');
    if (colon > 0) onTrailer(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function createInput(body: AsyncIterable<Buffer>) {
  const pieces = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** False: the body is over. */
  async function more(): Promise<boolean> {
    const { done, value } = await pieces.next();
    if (done) return false;
    held = held.length === 0 ? value : Buffer.concat([held, value]);
    return true;
  }

  return {
    async take(length: number): Promise<Buffer> {
      while (held.length < length) if (!(await more())) throw objectFault('IncompleteBody');
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    },
    /** Without its end; empty at the end of the body. */
    async line(): Promise<string> {
      for (;;) {
        const end = held.indexOf('\r\n');
        if (end >= 0) {
          const line = held.toString('latin1', 0, end);
          held = held.subarray(end + 2);
          return line;
        }
        if (held.length > MAX_LINE_BYTES) throw objectFault('IncompleteBody', 'A chunk of the body is malformed.');
        if (!(await more())) return '';
      }
    },
  };
}
