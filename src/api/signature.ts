import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Parameters } from './parameters.ts';

/** RFC 3986: everything but letters, digits and `-_.~` as upper-case `%XX` of its UTF-8 bytes. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Names sorted, both sides re-encoded: what went over the wire may have been encoded differently. */
function canonicalQuery(parameters: Parameters, except?: string): string {
  const names = [...parameters.keys()].sort();
  let out = '';
  for (const name of names) {
    if (name === except) continue;
    out += `${out && '&'}${percentEncode(name)}=${percentEncode(parameters.get(name)!)}`;
  }
  return out;
}

/** Signature V1 signs query and form together, blank values too, all but `Signature` itself. */
export function stringToSignV1(method: string, parameters: Parameters): string {
  return `${method}&%2F&${percentEncode(canonicalQuery(parameters, 'Signature'))}`;
}

export type V1Method = 'HMAC-SHA1' | 'HMAC-SHA256';

export function signV1(method: V1Method, secret: string, stringToSign: string): string {
  return createHmac(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', `${secret}&`)
    .update(stringToSign)
    .digest('base64');
}

/** `Authorization: ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`. */
export interface AuthorizationV3 {
  accessKeyId: string;
  signedHeaders: readonly string[];
  signature: string;
}

export const V3_ALGORITHM = 'ACS3-HMAC-SHA256';

export function parseAuthorizationV3(header: string): AuthorizationV3 | null {
  const match = /^ACS3-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-fA-F]+)$/.exec(
    header.trim(),
  );
  if (!match) return null;
  return { accessKeyId: match[1]!, signedHeaders: match[2]!.split(';'), signature: match[3]!.toLowerCase() };
}

export interface RequestV3 {
  method: string;
  query: Parameters;
  header: (name: string) => string | undefined;
  signedHeaders: readonly string[];
  bodyHash: string;
}

/** Signature V3 covers the query, the headers that the client listed, and the body by its hash. */
export function canonicalRequestV3(request: RequestV3): string {
  const headers = request.signedHeaders.map((name) => `${name}:${(request.header(name) ?? '').trim()}\n`).join('');
  return `${request.method}\n/\n${canonicalQuery(request.query)}\n${headers}\n${request.signedHeaders.join(';')}\n${request.bodyHash}`;
}

export function stringToSignV3(canonicalRequest: string): string {
  return `${V3_ALGORITHM}\n${sha256Hex(canonicalRequest)}`;
}

export function signV3(secret: string, stringToSign: string): string {
  return createHmac('sha256', secret).update(stringToSign).digest('hex');
}

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function sha256Hex(data: string | Buffer): string {
  return data.length === 0 ? EMPTY_HASH : hash('sha256', data);
}

/** Takes the same time wherever the two differ. */
export function isSame(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
