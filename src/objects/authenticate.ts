import { findAccessKey, findStsSession, type AccountRow } from '../records/tables/accounts.ts';
import { listBuckets } from '../records/tables/buckets.ts';
import type { Dialect } from './dialect.ts';
import { objectFault } from './faults.ts';
import type { ObjectCall, ObjectParts } from './parts.ts';
import type { ObjectRequest } from './request.ts';
import { isEqual } from './signatures/equal.ts';
import { ossV1 } from './signatures/ossV1.ts';
import type { Scheme, Signature } from './signatures/signature.ts';
import { awsV4, ossV4 } from './signatures/version4.ts';

/** By dialect: what a request asks for in headers of one vendor's is never covered by a signature of the other's. */
const SCHEMES: Readonly<Record<Dialect, readonly Scheme[]>> = { oss: [ossV4, ossV1], s3: [awsV4] };
const SKEW_MS = 15 * 60_000;
/** Buckets of one account, all of which may be the one that a CNAME stands for. */
const CNAME_BUCKETS = 100;
/** Characters of a head that is hashed again for each of them: whoever knows an id can send wrong signatures. */
const CNAME_HEAD = 16 * 1024;

/** Who signed the request. Throws the official fault for a signature that is not right. */
export async function authenticate(request: ObjectRequest, parts: ObjectParts): Promise<ObjectCall> {
  const signature = signatureOf(request);
  if (!signature) return { ...request, parts, account: null, payload: { kind: 'unsigned' }, secret: '' };
  const { account, secret } = await findKey(signature, parts);
  checkTime(signature, parts.realNow());
  const place = await placeOf(request, signature, { account, secret }, parts);
  const regionId = request.regionId ?? signature.regionId;
  return { ...request, ...place, regionId, parts, account, payload: signature.payload, secret };
}

function signatureOf(request: ObjectRequest): Signature | null {
  for (const scheme of SCHEMES[request.dialect]) {
    const signature = scheme(request);
    if (signature) return signature;
  }
  if (request.header('authorization') !== undefined) {
    throw objectFault('InvalidArgument', 'This kind of authorization is not known here.');
  }
  return null;
}

async function findKey(
  { accessKeyId, securityToken }: Signature,
  { database, clock }: ObjectParts,
): Promise<{ account: AccountRow; secret: string }> {
  const key = await findAccessKey(database.read, accessKeyId);
  if (key) {
    if (key.status !== 'Active') throw objectFault('InvalidAccessKeyId');
    return key;
  }
  const session = await findStsSession(database.read, accessKeyId);
  if (!session) throw objectFault('InvalidAccessKeyId');
  if (!isEqual(securityToken ?? '', session.securityToken) || session.expiresAt <= clock.now()) {
    throw objectFault('InvalidSecurityToken');
  }
  return session;
}

function checkTime({ signedAt, expiresAt }: Signature, now: number): void {
  if (expiresAt !== null) {
    if (now > expiresAt) throw objectFault('AccessDenied', 'Request has expired.');
    if (signedAt > now + SKEW_MS) throw objectFault('RequestTimeTooSkewed');
  } else if (Math.abs(now - signedAt) > SKEW_MS) {
    throw objectFault('RequestTimeTooSkewed');
  }
}

const headLength = ({ path, query, header, headerNames }: ObjectRequest): number =>
  headerNames().reduce((sum, name) => sum + name.length + header(name)!.length, path.length + query.length);

/**
 * Bucket and key, once the signature is found right. With a CNAME (ali-oss' `cname: true`) the bucket stands nowhere but inside of the signature:
 * it is the one of the account's that the signature fits.
 */
async function placeOf(
  request: ObjectRequest,
  signature: Signature,
  { account, secret }: { account: AccountRow; secret: string },
  { database }: ObjectParts,
): Promise<{ bucket: string; key: string }> {
  const { bucket, key } = request;
  if (signature.isBy(secret, bucket)) return { bucket, key };
  if (request.dialect === 'oss' && headLength(request) <= CNAME_HEAD) {
    const asCname = { ...request, key: bucket === '' ? '' : key === '' ? bucket : `${bucket}/${key}` };
    const again = signatureOf(asCname);
    const some = { accountId: account.id, prefix: '', marker: '', limit: CNAME_BUCKETS };
    for (const { name } of await listBuckets(database.read, some)) {
      if (again?.isBy(secret, name)) return { bucket: name, key: asCname.key };
    }
  }
  throw objectFault('SignatureDoesNotMatch');
}
