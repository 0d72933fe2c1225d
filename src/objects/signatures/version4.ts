import { createHash, createHmac } from 'node:crypto';
import { objectFault } from '../faults.ts';
import { encode, pairsOf, type ObjectRequest } from '../request.ts';
import { isEqual } from './equal.ts';
import type { Payload, Scheme, Signature } from './signature.ts';

/**
 * `OSS4-HMAC-SHA256` and `AWS4-HMAC-SHA256` are one scheme with two sets of names. Sources: OSS documentation, "Signature version 4"; S3 API
 * reference, "Authenticating requests (AWS Signature Version 4)".
 */
interface Version4 {
  algorithm: string;
  /** Of its parameters in a presigned URL. */
  parameter: (
    name: 'Algorithm' | 'Credential' | 'Date' | 'Expires' | 'SignedHeaders' | 'Signature' | 'Token',
  ) => string;
  ownPrefix: string;
  /** First and last link of the chain of keys. */
  keyPrefix: string;
  terminator: string;
  /** Whether a header counts though `SignedHeaders`/`AdditionalHeaders` doesn't name it. */
  isAlwaysSigned(name: string): boolean;
  /** The path as signed. */
  path(request: ObjectRequest, bucket: string): string;
}

const oss: Version4 = {
  algorithm: 'OSS4-HMAC-SHA256',
  parameter: (name) =>
    ({
      Algorithm: 'x-oss-signature-version',
      Credential: 'x-oss-credential',
      Date: 'x-oss-date',
      Expires: 'x-oss-expires',
      SignedHeaders: 'x-oss-additional-headers',
      Signature: 'x-oss-signature',
      Token: 'x-oss-security-token',
    })[name],
  ownPrefix: 'x-oss-',
  keyPrefix: 'aliyun_v4',
  terminator: 'aliyun_v4_request',
  isAlwaysSigned: (name) => name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-'),
  // The bucket is signed even where the path on the wire has none.
  path: ({ key }, bucket) => (bucket === '' ? '/' : encodePath(`/${bucket}/${key}`)),
};

const aws: Version4 = {
  algorithm: 'AWS4-HMAC-SHA256',
  parameter: (name) => (name === 'Token' ? 'X-Amz-Security-Token' : `X-Amz-${name}`),
  ownPrefix: 'x-amz-',
  keyPrefix: 'AWS4',
  terminator: 'aws4_request',
  isAlwaysSigned: () => false,
  path: ({ path }) => encodePath(decodeURIComponent(path)),
};

const encodePath = (path: string): string => path.split('/').map(encode).join('/');

export const ossV4: Scheme = (request) => version4(request, oss);
export const awsV4: Scheme = (request) => version4(request, aws);

/** Of a presigned URL; a week. */
const LONGEST_EXPIRES_S = 604_800;
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const CHUNKED = /^STREAMING-(?<what>UNSIGNED-PAYLOAD|AWS4-HMAC-SHA256-PAYLOAD)(?:-TRAILER)?$/;

function version4(request: ObjectRequest, names: Version4): Signature | null {
  const given = inHeader(request, names) ?? inQuery(request, names);
  if (!given) return null;
  if (names === aws) refuseUnsigned(request, given.headers);
  const [accessKeyId = '', day = '', regionId = '', service = '', terminator = ''] = given.credential.split('/');
  const signedAt = parseDate(given.date);
  if (terminator !== names.terminator || signedAt === null || !given.date.startsWith(day)) {
    throw objectFault('AccessDenied', 'The credential scope or the date of the signature is malformed.');
  }
  const payloadHash = given.isPresigned ? UNSIGNED : (request.header(`${names.ownPrefix}content-sha256`) ?? UNSIGNED);
  const scope = `${day}/${regionId}/${service}/${names.terminator}`;
  const keyFor = (secret: string) =>
    [day, regionId, service, names.terminator].reduce<Buffer>(
      (key, link) => createHmac('sha256', key).update(link).digest(),
      Buffer.from(names.keyPrefix + secret),
    );
  return {
    accessKeyId,
    securityToken:
      request.header(`${names.ownPrefix}security-token`) ?? request.parameters.get(names.parameter('Token')),
    signedAt,
    expiresAt: given.isPresigned ? signedAt + given.expiresS * 1000 : null,
    regionId: regionId || null,
    payload: payloadOf(payloadHash, { seed: given.signature, scope, date: given.date, keyFor }),
    isBy(secret, bucket) {
      const canonical = canonicalRequest(request, names, { ...given, payloadHash }, bucket);
      const digest = createHash('sha256').update(canonical).digest('hex');
      const text = [names.algorithm, given.date, scope, digest].join('\n');
      return isEqual(given.signature, createHmac('sha256', keyFor(secret)).update(text).digest('hex'));
    },
  };
}

/** What no request asks for anything by, or what is part of the signature in another way. */
const NEED_NO_SIGNATURE = new Set(
  ['date', 'content-sha256', 'security-token', 'user-agent'].map((name) => `x-amz-${name}`),
);

/**
 * Whoever holds a presigned URL could otherwise ask for more than its signer did (`x-amz-copy-source`, `x-amz-acl`), or of another bucket by its host.
 * Source: S3 API reference, "Authenticating requests: using query parameters".
 */
function refuseUnsigned({ headerNames }: ObjectRequest, signed: readonly string[]): void {
  const given = ['host', ...headerNames().filter((name) => name.startsWith('x-amz-') && !NEED_NO_SIGNATURE.has(name))];
  const unsigned = given.filter((name) => !signed.includes(name));
  if (unsigned.length === 0) return;
  const data = { HeadersNotSigned: unsigned.join(', ') };
  throw objectFault('AccessDenied', 'There were headers present in the request which were not signed.', data);
}

interface Given {
  credential: string;
  signature: string;
  date: string;
  /** S3: all that are signed; OSS: those that are signed besides the usual. */
  headers: readonly string[];
  isPresigned: boolean;
  expiresS: number;
}

const namesIn = (text: string): string[] => text.split(';').filter(Boolean);

function inHeader({ header }: ObjectRequest, names: Version4): Given | null {
  const authorization = header('authorization') ?? '';
  if (!authorization.startsWith(`${names.algorithm} `)) return null;
  const fields = new Map(
    authorization
      .slice(names.algorithm.length)
      .split(',')
      .map((field) => {
        const [name = '', ...value] = field.trim().split('=');
        return [name, value.join('=')] as const;
      }),
  );
  return {
    credential: fields.get('Credential') ?? '',
    signature: fields.get('Signature') ?? '',
    date: header(`${names.ownPrefix}date`) ?? '',
    headers: namesIn(fields.get('SignedHeaders') ?? fields.get('AdditionalHeaders') ?? ''),
    isPresigned: false,
    expiresS: 0,
  };
}

function inQuery({ parameters }: ObjectRequest, names: Version4): Given | null {
  const get = (name: Parameters<Version4['parameter']>[0]) => parameters.get(names.parameter(name)) ?? '';
  if (get('Algorithm') !== names.algorithm) return null;
  const expires = get('Expires');
  if (!/^\d+$/.test(expires) || Number(expires) < 1 || Number(expires) > LONGEST_EXPIRES_S) {
    throw objectFault('AccessDenied', `${names.parameter('Expires')} is 1 to ${LONGEST_EXPIRES_S} seconds.`);
  }
  return {
    credential: get('Credential'),
    signature: get('Signature'),
    date: get('Date'),
    headers: namesIn(get('SignedHeaders')),
    isPresigned: true,
    expiresS: Number(expires),
  };
}

function canonicalRequest(
  request: ObjectRequest,
  names: Version4,
  given: Given & { payloadHash: string },
  bucket: string,
): string {
  const { method, header, headerNames, query } = request;
  const signed = new Set([
    ...given.headers.map((name) => name.toLowerCase()),
    ...headerNames().filter(names.isAlwaysSigned),
  ]);
  const headers = [...signed].sort().flatMap((name) => {
    const value = header(name);
    return value === undefined ? [] : `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  const isSignature = (name: string) => given.isPresigned && name === names.parameter('Signature');
  const parameters = pairsOf(query)
    .filter(([name]) => !isSignature(name))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort((left, right) => compare(left[0], right[0]) || compare(left[1], right[1]))
    // OSS signs a parameter without a value as its name alone.
    .map(([name, value]) => (value === '' && names === oss ? name : `${name}=${value}`));
  return [
    method,
    names.path(request, bucket),
    parameters.join('&'),
    headers.join(''),
    given.headers.join(';'),
    given.payloadHash,
  ].join('\n');
}

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

function payloadOf(hash: string, seal: Omit<Extract<Payload, { kind: 'chunked' }>, 'kind' | 'isSigned'>): Payload {
  const chunked = CHUNKED.exec(hash)?.groups?.['what'];
  if (chunked) return { kind: 'chunked', isSigned: chunked !== UNSIGNED, ...seal };
  if (/^[0-9a-f]{64}$/.test(hash)) return { kind: 'hashed', sha256: hash };
  if (hash === UNSIGNED) return { kind: 'unsigned' };
  throw objectFault('InvalidArgument', 'The hash of the payload is malformed.');
}

/** `20260131T235959Z`. Null: something else. */
function parseDate(text: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
