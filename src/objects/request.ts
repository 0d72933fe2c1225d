import type { Dialect } from './dialect.ts';
import { PREFIX, isOssHost, placeOfHost } from './dialect.ts';
import { objectFault, type FaultCode } from './faults.ts';

/** A request as the listener hands it over: its body still on the way. */
export interface Incoming {
  method: string;
  /** As sent, percent-encoded. */
  path: string;
  /** After the `?`, as sent. */
  query: string;
  /** With port. */
  host: string;
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** The body as it comes; once. Ends early with an error when the client goes away. A piece is gone once the next one is asked for. */
  stream(): AsyncIterable<Buffer>;
}

/** The same, understood. */
export interface ObjectRequest extends Incoming {
  requestId: string;
  dialect: Dialect;
  /** Empty: the service itself (ListBuckets). */
  bucket: string;
  /** Empty: the bucket itself. Decoded. */
  key: string;
  /** Decoded, in the order of sending. */
  parameters: ReadonlyMap<string, string>;
  /** Of the host or of the signature's scope; null: neither says. */
  regionId: string | null;
  /** One of the vendor's own headers: `own('acl')` is `x-oss-acl` or `x-amz-acl`. */
  own(name: string): string | undefined;
}

const MAX_KEY_BYTES = { oss: 1023, s3: 1024 } as const satisfies Record<Dialect, number>;

/** Whether a request is one for buckets: by how it is signed, the host it calls, or, when it is not signed, a path that names a bucket. */
export function isForObjects({ path, query, host, header }: Incoming): boolean {
  const authorization = header('authorization');
  if (/^(?:OSS|OSS4-HMAC-SHA256|AWS4-HMAC-SHA256) /.test(authorization ?? '')) return true;
  if (/(?:^|&)(?:OSSAccessKeyId|x-oss-signature|X-Amz-Signature)=/.test(query)) return true;
  if (isOssHost(host.replace(/:\d+$/, ''))) return true;
  const isCall = authorization !== undefined || header('x-acs-action') !== undefined || /(?:^|&)Action=/.test(query);
  return path !== '/' && !isCall;
}

export function dialectOf({ query, host, header, headerNames }: Incoming): Dialect {
  const authorization = header('authorization') ?? '';
  if (authorization.startsWith('OSS')) return 'oss';
  if (authorization.startsWith('AWS')) return 's3';
  if (/(?:^|&)(?:OSSAccessKeyId|x-oss-signature)=/.test(query)) return 'oss';
  if (/(?:^|&)X-Amz-/.test(query) || headerNames().some((name) => name.startsWith(PREFIX.s3))) return 's3';
  const isOss = isOssHost(host.replace(/:\d+$/, '')) || headerNames().some((name) => name.startsWith(PREFIX.oss));
  return isOss ? 'oss' : 's3';
}

/** Finds bucket, key and parameters. Throws the official fault for what can't be decoded, and for a key that can be none. */
export function understand(incoming: Incoming, requestId: string): ObjectRequest {
  const dialect = dialectOf(incoming);
  const place = placeOfHost(incoming.host.replace(/:\d+$/, ''));
  const path = decode(incoming.path, 'InvalidObjectName').slice(1);
  const slash = path.indexOf('/');
  const inPath = slash < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
  const { bucket, key } = place.bucket === null ? inPath : { bucket: place.bucket, key: path };
  if (Buffer.byteLength(key) > MAX_KEY_BYTES[dialect]) {
    throw objectFault(dialect === 'oss' ? 'InvalidObjectName' : 'KeyTooLongError');
  }
  if (key.includes('\0')) throw objectFault('InvalidObjectName');
  return {
    ...incoming,
    requestId,
    dialect,
    bucket,
    key,
    regionId: place.regionId,
    parameters: new Map(pairsOf(incoming.query)),
    own: (name) => incoming.header(PREFIX[dialect] + name),
  };
}

/** `a=1&b&c=%20` → pairs, decoded; an absent value is empty. */
export function pairsOf(query: string): [string, string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))];
    });
}

export function decode(text: string, fault: FaultCode = 'InvalidArgument'): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw objectFault(fault, 'It is not percent-encoded UTF-8.');
  }
}

/** RFC 3986, as both signatures have it. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
