import type { BucketRow } from '../../records/tables/buckets.ts';
import { findObject, partsOf, type ObjectRow } from '../../records/tables/objects.ts';
import { authorize } from '../access.ts';
import { conditionOf } from '../conditions.ts';
import { readContent } from '../content.ts';
import { objectFault } from '../faults.ts';
import { objectHeaders } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectAnswer, ObjectCall } from '../parts.ts';

export const getObject: Operation = { action: 'GetObject', method: 'GET', on: 'object', right: 'self', run: serve };
export const headObject: Operation = { action: 'GetObject', method: 'HEAD', on: 'object', right: 'self', run: serve };

/** OSS's HEAD with little in it. */
export const getObjectMeta: Operation = {
  action: 'GetObject',
  method: 'HEAD',
  on: 'object',
  with: ['objectMeta'],
  right: 'self',
  async run(call, bucket) {
    const { etag, 'last-modified': lastModified, 'content-length': length } = (await serve(call, bucket)).headers!;
    return { status: 200, headers: { etag: etag!, 'last-modified': lastModified!, 'content-length': length! } };
  },
};

/** The object of the call, which the caller may read. Who may not list the bucket does not learn which keys it has. */
export async function readable(call: ObjectCall, bucket: BucketRow, action = 'GetObject'): Promise<ObjectRow> {
  const row = await findObject(call.parts.database.read, bucket.name, call.key);
  if (!row) {
    authorize(call, bucket, { action, right: 'read' });
    throw objectFault('NoSuchKey', '', { Key: call.key });
  }
  authorize(call, bucket, { action, right: 'read', objectAcl: row.acl });
  return row;
}

async function serve(call: ObjectCall, bucket: BucketRow): Promise<ObjectAnswer> {
  const row = await readable(call, bucket);
  const headers = { ...objectHeaders(row, call.dialect, call.requestId), ...overrides(call) };
  const condition = conditionOf(call, row);
  if (condition === 'not modified')
    return { status: 304, headers: { etag: headers['etag']!, 'last-modified': headers['last-modified']! } };
  if (condition === 'failed') throw objectFault('PreconditionFailed');
  const range = rangeOf(call.header('range'), row.sizeBytes);
  const { offset, length } = range ?? { offset: 0, length: row.sizeBytes };
  const answer = {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(length),
      ...(range && { 'content-range': `bytes ${offset}-${offset + length - 1}/${row.sizeBytes}` }),
    },
  };
  if (call.method === 'HEAD') return answer;
  const parts = await partsOf(call.parts.database.read, row.contentId);
  return { ...answer, body: readContent(call.parts, parts, offset, length) };
}

/** `response-content-type=…` and the like, which only a signed request may ask for. */
function overrides({ parameters, account }: ObjectCall): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of parameters) {
    if (!name.startsWith('response-') || value === '') continue;
    if (!account) throw objectFault('InvalidArgument', 'Only signed requests may change headers of the answer.');
    const header = name.slice('response-'.length);
    if (OVERRIDABLE.has(header)) out[header] = value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '');
  }
  return out;
}

const OVERRIDABLE = new Set(
  'cache-control content-disposition content-encoding content-language content-type expires'.split(' '),
);

/** Null: no range, or one that is not understood: the whole. Source: RFC 9110, section 14. */
function rangeOf(header: string | undefined, sizeBytes: number): { offset: number; length: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [first, last] = [match[1]!, match[2]!];
  const offset = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  if (offset >= sizeBytes) throw objectFault('InvalidRange', '', { ActualObjectSize: String(sizeBytes) });
  return { offset, length: end - offset };
}
