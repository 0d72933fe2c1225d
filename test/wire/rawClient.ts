import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest, type RequestOptions } from 'node:http';
import type { Account, World } from '../world.ts';

/** Requests as clients put them on the wire, signed here: nothing of the server's own code is used. */

export interface RawRequest {
  method: 'GET' | 'POST' | 'PUT' | 'HEAD';
  target: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Record<string, unknown>;
}

export interface V1Options {
  action: string;
  version?: string;
  parameters?: Record<string, string>;
  method?: 'GET' | 'POST';
  algorithm?: 'HMAC-SHA1' | 'HMAC-SHA256';
  timestamp?: string;
  nonce?: string;
  secret?: string;
  /** Public parameters that a client sends besides, or sends differently; undefined leaves one out. */
  envelope?: Record<string, string | undefined>;
}

/** Every parameter of a signed V1 request, `Signature` among them. */
export function signedV1(account: Account, options: V1Options): Record<string, string> {
  const envelope: Record<string, string | undefined> = {
    Action: options.action,
    Version: options.version ?? '2014-05-26',
    AccessKeyId: account.accessKeyId,
    SignatureMethod: options.algorithm ?? 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: options.nonce ?? randomUUID(),
    Timestamp: options.timestamp ?? stamp(Date.now()),
    Format: 'JSON',
    ...(account.securityToken && { SecurityToken: account.securityToken }),
    ...options.envelope,
  };
  const all: Record<string, string> = { ...options.parameters };
  for (const [name, value] of Object.entries(envelope)) if (value !== undefined) all[name] = value;
  if ('Signature' in all) return all;
  const sorted = Object.keys(all)
    .sort(compareBytes)
    .map((name) => `${strict(name)}=${strict(all[name]!)}`)
    .join('&');
  const text = [options.method ?? 'POST', strict('/'), strict(sorted)].join('&');
  const hash = options.algorithm === 'HMAC-SHA256' ? 'sha256' : 'sha1';
  all['Signature'] = createHmac(hash, `${options.secret ?? account.accessKeySecret}&`)
    .update(text)
    .digest('base64');
  return all;
}

export const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const compareBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** Byte by byte, RFC 3986. */
export function strict(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-_.~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Go's `url.Values.Encode`: sorted, a space is `+`. */
const goEncode = (parameters: Record<string, string>): string =>
  Object.keys(parameters)
    .sort(compareBytes)
    .map((name) => `${strict(name).replaceAll('%20', '+')}=${strict(parameters[name]!).replaceAll('%20', '+')}`)
    .join('&');

/** As the TypeScript SDK's URL class leaves them: `*` and its like raw. */
const looseEncode = (parameters: Record<string, string>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');

/** Go SDK (Packer, older Terraform code, aliyun CLI): everything in the query, blank values sent and signed. */
export function goRequest(account: Account, options: V1Options): RawRequest {
  const parameters = signedV1(account, { ...options, envelope: { SignatureType: '', ...options.envelope } });
  return {
    method: options.method ?? 'POST',
    target: `/?${goEncode(parameters)}`,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Accept-Encoding': 'identity',
      'x-sdk-client': 'golang/1.0.0',
      'x-acs-action': options.action,
      'x-acs-version': options.version ?? '2014-05-26',
    },
    body: '',
  };
}

/** Python core SDK: everything in the query, in whatever order, `*` raw. */
export function pythonRequest(account: Account, options: V1Options): RawRequest {
  const entries = Object.entries(signedV1(account, options)).reverse();
  return {
    method: options.method ?? 'POST',
    target: `/?${looseEncode(Object.fromEntries(entries))}`,
    headers: {},
    body: '',
  };
}

/** Terraform's tea-rpc: what belongs to the protocol in the query, business parameters in the body, `inQuery` of them in the query. */
export function terraformRequest(account: Account, options: V1Options, inQuery: readonly string[] = []): RawRequest {
  const all = signedV1(account, { ...options, envelope: { Format: 'json', ...options.envelope } });
  const isBusiness = (name: string) =>
    options.parameters !== undefined && name in options.parameters && !inQuery.includes(name);
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => isBusiness(name) === wanted));
  return {
    method: 'POST',
    target: `/?${goEncode(pick(false))}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: goEncode(pick(true)),
  };
}

export interface V3Options {
  action: string;
  version?: string;
  parameters?: Record<string, string>;
  /** A form body, which the body hash covers. */
  form?: Record<string, string>;
  method?: 'GET' | 'POST';
  host?: string;
  secret?: string;
  date?: string;
  nonce?: string;
  headers?: Record<string, string>;
  /** Left out of SignedHeaders. */
  unsigned?: readonly string[];
  bodyHash?: string;
}

export function v3Request(account: Account, world: Pick<World, 'endpoint'>, options: V3Options): RawRequest {
  const method = options.method ?? 'POST';
  const body = options.form ? goEncode(options.form) : '';
  const bodyHash = options.bodyHash ?? createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    host: options.host ?? new URL(world.endpoint).host,
    'x-acs-action': options.action,
    'x-acs-version': options.version ?? '2014-05-26',
    'x-acs-date': options.date ?? stamp(Date.now()),
    'x-acs-signature-nonce': options.nonce ?? randomUUID(),
    'x-acs-content-sha256': bodyHash,
    ...(body && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(account.securityToken && {
      'x-acs-accesskey-id': account.accessKeyId,
      'x-acs-security-token': account.securityToken,
    }),
    ...options.headers,
  };
  const names = Object.keys(headers)
    .filter((name) => !options.unsigned?.includes(name))
    .sort(compareBytes);
  const parameters = options.parameters ?? {};
  const query = Object.keys(parameters)
    .sort(compareBytes)
    .map((name) => `${strict(name)}=${strict(parameters[name]!)}`);
  const canonical = [
    method,
    '/',
    query.join('&'),
    ...names.map((name) => `${name}:${headers[name]!.trim()}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const text = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', options.secret ?? account.accessKeySecret)
    .update(text)
    .digest('hex');
  headers['authorization'] =
    `ACS3-HMAC-SHA256 Credential=${account.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  headers['accept'] = 'application/json';
  return { method, target: query.length > 0 ? `/?${looseEncode(parameters)}` : '/', headers, body };
}

export function send(endpoint: string, raw: RawRequest, over: Partial<RequestOptions> = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const headers = { ...raw.headers, 'Content-Length': String(Buffer.byteLength(raw.body)) };
    const request = httpRequest(
      { hostname, port, method: raw.method, path: raw.target, headers, agent: false, ...over },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            get json() {
              return JSON.parse(text) as Record<string, unknown>;
            },
          });
        });
      },
    );
    request.on('error', reject);
    request.end(raw.body);
  });
}
