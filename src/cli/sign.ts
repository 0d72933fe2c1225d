import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
}

export interface SignedCall {
  path: string;
  headers: Record<string, string>;
}

const ALGORITHM = 'ACS3-HMAC-SHA256';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** RFC 3986: what stays is letters, digits and `-_.~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** A POST of an RPC action with everything in the query, signed as the official SDKs do (signature version 3). */
export function signCall(
  call: { action: string; version: string; host: string; parameters: Readonly<Record<string, string>> },
  credentials: Credentials,
  now: { date: Date; nonce: string },
): SignedCall {
  const query = Object.entries(call.parameters)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers: Record<string, string> = {
    host: call.host,
    'x-acs-action': call.action,
    'x-acs-content-sha256': sha256(''),
    'x-acs-date': now.date.toISOString().replace(/\.\d+Z$/, 'Z'),
    'x-acs-signature-nonce': now.nonce,
    'x-acs-version': call.version,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    '/',
    query,
    names.map((name) => `${name}:${headers[name]}\n`).join(''),
    names.join(';'),
    headers['x-acs-content-sha256'],
  ].join('\n');
  const signature = createHmac('sha256', credentials.accessKeySecret)
    .update(`${ALGORITHM}\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `${ALGORITHM} Credential=${credentials.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { path: `/?${query}`, headers: { ...headers, accept: 'application/json', authorization } };
}
