import { createHash, createHmac } from 'node:crypto';
import { objectFault } from './faults.ts';
import { isEqual } from './signatures/equal.ts';
import type { Payload } from './signatures/signature.ts';

const MAX_LINE_BYTES = 8192;
/** More than there are kinds of checksums. */
const MAX_TRAILERS = 16;
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

  function check(signature: string | undefined, digest: string): void {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, EMPTY_SHA256, digest].join('\n');
    const wanted = createHmac('sha256', key).update(text).digest('hex');
    if (!isEqual(signature ?? '', wanted)) throw objectFault('SignatureDoesNotMatch', 'A chunk of the body is wrong.');
    previous = wanted;
  }

  for (;;) {
    const line = await input.line();
    const match = /^([0-9a-fA-F]{1,9})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (!match) throw objectFault('IncompleteBody', 'A chunk of the body is malformed.');
    const length = Number.parseInt(match[1]!, 16);
    // Nobody sees what is given on before its signature is checked: it is not an object yet.
    const hash = isSigned ? createHash('sha256') : null;
    for (let left = length; left > 0;) {
      const piece = await input.take(left);
      left -= piece.length;
      hash?.update(piece);
      yield piece;
    }
    if (hash) check(match[2], hash.digest('hex'));
    if (length === 0) break;
    if ((await input.line()) !== '') throw objectFault('IncompleteBody', 'A chunk of the body is malformed.');
  }
  let trailers = 0;
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    if ((trailers += 1) > MAX_TRAILERS) throw objectFault('IncompleteBody', 'The body has too many trailers.');
    const colon = line.indexOf(':');
    if (colon > 0) onTrailer(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function createInput(body: AsyncIterable<Buffer>) {
  const pieces = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** False: the body is over. */
  async function more(): Promise<boolean> {
    // The piece that it is of goes when the next one is asked for.
    const rest = Buffer.from(held);
    const { done, value } = await pieces.next();
    if (done) return false;
    held = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  }

  return {
    /** At least one byte, `length` at most. */
    async take(length: number): Promise<Buffer> {
      while (held.length === 0) if (!(await more())) throw objectFault('IncompleteBody');
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
