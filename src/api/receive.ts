import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { badParameter, gatewayError } from './faults.ts';
import { isOurHost } from './proxy.ts';

/** A request as it came: its target taken apart, its body still on the way. */
export interface Received {
  method: string;
  path: string;
  /** After the `?`, as sent. */
  query: string;
  /** Host that the client called, with port. */
  host: string;
  /** By TLS. */
  isSecure: boolean;
  /** A client that takes us for its proxy means somebody else. */
  isForeign: boolean;
  header: (name: string) => string | undefined;
  /** In lower case, each once. */
  headerNames: () => readonly string[];
  /** The whole body; throws the caller's fault when it is over the limit. */
  body: (limitBytes: number) => Promise<Buffer>;
  /** The body as it comes, instead. Only an idle connection ends it early. A piece is gone once the next one is asked for. */
  stream: () => AsyncIterable<Buffer>;
}

/** `proceed` tells a client that waits (`Expect: 100-continue`) to send its body: it is called before the first byte is read. */
export function receive(request: IncomingMessage, proceed = () => {}): Received {
  return {
    method: request.method ?? '',
    ...splitTarget(request.url ?? '/', request.headers.host ?? ''),
    isSecure: request.socket instanceof TLSSocket,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    headerNames: () => Object.keys(request.headers),
    body(limitBytes) {
      proceed();
      return readBody(request, limitBytes);
    },
    stream: () => piecesOf(request, proceed),
  };
}

async function* piecesOf(request: IncomingMessage, proceed: () => void): AsyncGenerator<Buffer> {
  proceed();
  for await (const piece of request as AsyncIterable<Buffer>) {
    yield piece;
    free(piece);
  }
}

/** Gives memory back at once: piece by piece, large bodies would have all garbage collected again and again. */
export function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached) buffer.transfer(0);
}

/** Origin form (`/?…`) or, from a client that takes us for its proxy, absolute form (`http://ecs.aliyuncs.com/?…`). */
function splitTarget(target: string, hostHeader: string): Pick<Received, 'path' | 'query' | 'host' | 'isForeign'> {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target);
  const origin = absolute ? target.slice(absolute[0].length) : target;
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const host = absolute?.[1] || hostHeader;
  return {
    path: path || '/',
    query: mark < 0 ? '' : origin.slice(mark + 1),
    host,
    isForeign: absolute !== null && !isOurHost(host.replace(/:\d+$/, '')),
  };
}

/** What a client may still send after it went over the limit, so that it gets to read our answer. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/** A whole body comes within this, however slowly. */
const BODY_MS = 60_000;

const EMPTY = Buffer.alloc(0);

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const { 'content-length': announced, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (announced === undefined || announced === '0')) return EMPTY;
  const pieces: Buffer[] = [];
  let length = 0;
  const impatience = setTimeout(() => request.destroy(), BODY_MS);
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > limitBytes + DISCARDED_BYTES) break;
      if (length <= limitBytes) pieces.push(piece);
    }
  } catch {
    throw badParameter('The request ended before its body did.');
  } finally {
    clearTimeout(impatience);
  }
  if (length > limitBytes) throw gatewayError('RequestTooLarge', { values: [String(limitBytes)] });
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
