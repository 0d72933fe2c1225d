import type { Caller } from '../actions/call.ts';
import type { Clock } from '../base/clock.ts';
import { ApiError } from '../contract/errors.ts';
import type { Db } from '../records/database.ts';
import { findAccessKey, findStsSession } from '../records/tables/accounts.ts';
import { gatewayError, missingParameter } from './faults.ts';
import type { Nonces } from './nonces.ts';
import type { Parameters } from './parameters.ts';
import * as signature from './signature.ts';

/** What the client wants and how it is signed, before anything of it is believed. */
export interface Envelope {
  scheme: 'V1' | 'V3';
  action: string;
  version: string;
  format: 'JSON' | 'XML';
}

export interface SignedRequest {
  method: string;
  query: Parameters;
  /** Query and form. */
  parameters: Parameters;
  header: (name: string) => string | undefined;
  body: Buffer;
}

export interface AuthenticateParts {
  db: Db;
  /** Temporary credentials expire in service time. */
  clock: Clock;
  /** Real time: clients stamp their requests by their own clocks, which never follow an advanced service clock. */
  realNow: () => number;
  nonces: Nonces;
}

/** The SDKs send `x-acs-*` headers with V1 too: `Authorization` alone decides. */
export function readEnvelope(header: SignedRequest['header'], parameters: Parameters): Envelope {
  if (header('authorization')?.startsWith('ACS3-')) {
    return {
      scheme: 'V3',
      action: header('x-acs-action') ?? '',
      version: header('x-acs-version') ?? '',
      format: parameters.get('Format')?.toUpperCase() === 'XML' ? 'XML' : 'JSON',
    };
  }
  const accepts = header('accept')?.includes('application/json') ? 'JSON' : 'XML';
  const wanted = parameters.get('Format')?.toUpperCase() || accepts;
  return {
    scheme: 'V1',
    action: parameters.get('Action') ?? '',
    version: parameters.get('Version') ?? '',
    format: wanted === 'JSON' ? 'JSON' : 'XML',
  };
}

/** Enough to word a refusal of parameters that can't be read, or of any call at all. */
export function firstLook({ header, query }: { header: SignedRequest['header']; query: string }): Envelope {
  const format = /(?:^|&)Format=(\w+)/.exec(query)?.[1];
  return readEnvelope(header, new Map(format ? [['Format', format]] : []));
}

/** Who calls. Throws the official error of whatever is wrong, in the order of the vendor's gateway. */
export async function authenticate(
  scheme: Envelope['scheme'],
  request: SignedRequest,
  parts: AuthenticateParts,
): Promise<Caller> {
  const claim = scheme === 'V3' ? readV3(request) : readV1(request);
  const { caller, secret } = await findCaller(claim, parts);
  checkTime(claim.time, parts.realNow());
  const nonce = parts.nonces.of(claim.accessKeyId, claim.nonce);
  if (nonce.isUsed) throw gatewayError('SignatureNonceUsed', { about: 'Specified' });
  claim.verify(secret);
  if (!nonce.use()) throw gatewayError('Throttling');
  return caller;
}

interface Claim {
  accessKeyId: string;
  securityToken: string;
  time: string;
  nonce: string;
  /** Throws SignatureDoesNotMatch. */
  verify(secret: string): void;
}

function readV1({ method, parameters }: SignedRequest): Claim {
  const required = (name: string): string => parameters.get(name) || absent(name);
  if (parameters.get('SignatureType') || parameters.has('BearerToken')) {
    throw gatewayError('UnsupportedParameter', { hint: 'Bearer tokens are not accepted.' });
  }
  const accessKeyId = required('AccessKeyId');
  const given = required('Signature');
  const algorithm = required('SignatureMethod');
  if (algorithm !== 'HMAC-SHA1' && algorithm !== 'HMAC-SHA256') {
    throw gatewayError('InvalidParamater', { about: 'SignatureMethod' });
  }
  if ((parameters.get('SignatureVersion') ?? '1.0') !== '1.0') {
    throw gatewayError('InvalidParamater', { about: 'SignatureVersion' });
  }
  return {
    accessKeyId,
    securityToken: parameters.get('SecurityToken') ?? '',
    time: required('Timestamp'),
    nonce: required('SignatureNonce'),
    verify(secret) {
      const stringToSign = signature.stringToSignV1(method, parameters);
      if (!signature.isSame(given, signature.signV1(algorithm, secret, stringToSign))) throw mismatch(stringToSign);
    },
  };
}

/** Signed by every client; without them a part of the request would not be protected. */
const ALWAYS_SIGNED = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
];

function readV3({ method, query, header, body }: SignedRequest): Claim {
  const authorization = signature.parseAuthorizationV3(header('authorization') ?? '');
  if (!authorization)
    throw incomplete(
      `The Authorization header must be: ${signature.V3_ALGORITHM} Credential=…,SignedHeaders=…,Signature=….`,
    );
  const { accessKeyId, signedHeaders } = authorization;
  const time = header('x-acs-date') || absent('Timestamp');
  const nonce = header('x-acs-signature-nonce') || absent('SignatureNonce');
  const unsigned = ALWAYS_SIGNED.find((name) => !signedHeaders.includes(name));
  if (unsigned) throw incomplete(`The header ${unsigned} must be signed.`);
  return {
    accessKeyId,
    securityToken: header('x-acs-security-token') ?? '',
    time,
    nonce,
    verify(secret) {
      const canonical = signature.canonicalRequestV3({
        method,
        query,
        header,
        signedHeaders,
        bodyHash: signature.sha256Hex(body),
      });
      const stringToSign = signature.stringToSignV3(canonical);
      if (signature.isSame(authorization.signature, signature.signV3(secret, stringToSign))) return;
      throw mismatch(stringToSign, ` server CanonicalRequest is [${canonical}]`);
    },
  };
}

async function findCaller(claim: Claim, parts: AuthenticateParts): Promise<{ caller: Caller; secret: string }> {
  if (claim.accessKeyId.startsWith('STS.')) return findTemporary(claim, parts);
  const key = await findAccessKey(parts.db, claim.accessKeyId);
  if (!key) throw gatewayError('InvalidAccessKeyId.NotFound');
  if (key.status !== 'Active') throw gatewayError('InvalidAccessKeyId.Inactive');
  if (claim.securityToken) throw gatewayError('InvalidSecurityToken.MismatchWithAccessKey');
  return { caller: { account: key.account, accessKeyId: claim.accessKeyId, role: null }, secret: key.secret };
}

async function findTemporary(claim: Claim, parts: AuthenticateParts): Promise<{ caller: Caller; secret: string }> {
  if (!claim.securityToken) throw gatewayError('MissingSecurityToken');
  const session = await findStsSession(parts.db, claim.accessKeyId);
  if (!session) throw gatewayError('InvalidAccessKeyId.NotFound');
  if (!signature.isSame(claim.securityToken, session.securityToken)) {
    throw gatewayError('InvalidSecurityToken.MismatchWithAccessKey');
  }
  if (session.expiresAt <= parts.clock.now()) throw gatewayError('InvalidSecurityToken.Expired');
  return {
    caller: {
      account: session.account,
      accessKeyId: claim.accessKeyId,
      role: { arn: session.roleArn, sessionName: session.roleSessionName, roleId: session.roleId },
    },
    secret: session.secret,
  };
}

const SKEW_MS = 15 * 60_000;

function checkTime(text: string, now: number): void {
  const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(stamp)) throw gatewayError('InvalidTimeStamp.Format');
  if (Math.abs(stamp - now) > SKEW_MS) throw gatewayError('InvalidTimeStamp.Expired');
}

function absent(name: string): never {
  throw missingParameter(name);
}

const incomplete = (hint: string) =>
  new ApiError(400, 'IncompleteSignature', `The request signature does not conform to Aliyun standards. ${hint}`);

/** The Go SDK splits at `server string to sign is:` to tell a wrong secret from a wrong canonical form: it comes last. */
const mismatch = (stringToSign: string, canonical = '') =>
  new ApiError(
    400,
    'SignatureDoesNotMatch',
    `Specified signature is not matched with our calculation.${canonical} server string to sign is:${stringToSign}`,
  );
