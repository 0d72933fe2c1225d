import type { BucketRow, ObjectAcl } from '../records/tables/buckets.ts';
import { objectFault } from './faults.ts';
import type { ObjectCall } from './parts.ts';
import { settingsOf } from './settings.ts';

/** What an operation needs. `owner`: nobody but the bucket's account, unless its policy says so. */
export type Right = 'read' | 'write' | 'owner';

interface Wish {
  action: string;
  right: Right;
  objectAcl?: ObjectAcl;
}

/**
 * Whether the caller may: a policy's Deny first, then ownership, the policy's Allow, the ACL. `action` is the operation's name in a policy (`GetObject`).
 * Source: OSS documentation, "Access control" and "Bucket policies".
 */
export function mayDo(
  { account, key }: ObjectCall,
  bucket: BucketRow,
  { action, right, objectAcl = 'default' }: Wish,
): boolean {
  const verdict = judge(policyOf(bucket), { accountId: account?.id ?? null, action, bucket: bucket.name, key });
  if (verdict === 'Deny') return false;
  if (verdict === 'Allow' || account?.id === bucket.accountId) return true;
  const acl = objectAcl === 'default' ? bucket.acl : objectAcl;
  if (right === 'read') return acl === 'public-read' || acl === 'public-read-write';
  return right === 'write' && acl === 'public-read-write';
}

/** Throws where the caller may not. */
export function authorize(call: ObjectCall, bucket: BucketRow, wish: Wish): void {
  if (!mayDo(call, bucket, wish)) throw objectFault('AccessDenied', call.dialect === 's3' ? 'Access Denied.' : '');
}

interface Asked {
  /** Null: anonymous. */
  accountId: string | null;
  action: string;
  bucket: string;
  key: string;
}

interface Statement {
  Effect: 'Allow' | 'Deny';
  Principal: unknown;
  Action: unknown;
  Resource: unknown;
}

/** Read once for a request, which may ask for a thousand keys. */
const policies = new WeakMap<BucketRow, readonly Statement[]>();

function policyOf(bucket: BucketRow): readonly Statement[] {
  const read = policies.get(bucket);
  if (read) return read;
  const { policy } = settingsOf(bucket);
  const statements = policy === undefined ? [] : (JSON.parse(policy) as { Statement: Statement[] }).Statement;
  policies.set(bucket, statements);
  return statements;
}

function judge(statements: readonly Statement[], asked: Asked): 'Allow' | 'Deny' | null {
  const effects = new Set(statements.filter((statement) => covers(statement, asked)).map(({ Effect }) => Effect));
  if (effects.has('Deny')) return 'Deny';
  return effects.has('Allow') ? 'Allow' : null;
}

function covers({ Principal, Action, Resource }: Statement, { accountId, action, bucket, key }: Asked): boolean {
  const principals = textsOf(isObject(Principal) ? Object.values(Principal).flat() : Principal);
  const resource = key === '' ? bucket : `${bucket}/${key}`;
  return (
    principals.some((one) => one === '*' || (accountId !== null && accountOf(one) === accountId)) &&
    textsOf(Action).some((pattern) => fits(pattern, `oss:${action}`) || fits(pattern, `s3:${action}`)) &&
    textsOf(Resource).some((pattern) => fits(pattern.replace(/^(?:acs:oss|arn:aws:s3):[^:]*:[^:]*:/, ''), resource))
  );
}

/** `1234567890123456`, or an ARN with the account in its fifth place. */
const accountOf = (principal: string): string => principal.split(':')[4] ?? principal;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');

/** `*` stands for any characters, `?` for one. In time of the product of both at most: patterns are a tenant's. */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let position = 0; position < text.length;) {
    if (pattern[at] === '*') {
      star = at++;
      retry = position;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Every request is judged by it. Source: S3's quotas, "Bucket policy". */
const MAX_POLICY_BYTES = 20 * 1024;

/** Throws for what is no policy. */
export function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES)
    throw objectFault('InvalidArgument', 'The policy is longer than 20 KiB.');
  const isStatement = (one: unknown): boolean =>
    isObject(one) &&
    ['Allow', 'Deny'].includes((one as Statement).Effect) &&
    ['Principal', 'Action', 'Resource'].every((name) => name in one);
  try {
    const { Statement } = (JSON.parse(text) ?? {}) as { Statement?: unknown };
    if (Array.isArray(Statement) && Statement.length > 0 && Statement.every(isStatement)) {
      if (Statement.some((one) => 'Condition' in (one as object))) {
        throw objectFault('NotImplemented', 'Conditions of a policy.');
      }
      return;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw objectFault('InvalidArgument', 'The policy is malformed.');
}
