import type { BucketRow, ObjectAcl } from '../records/tables/buckets.ts';
import type { ObjectRow } from '../records/tables/objects.ts';
import { authorize } from './access.ts';
import { PREFIX, type Dialect } from './dialect.ts';
import { objectFault } from './faults.ts';
import type { ObjectCall } from './parts.ts';
import { pairsOf, type ObjectRequest } from './request.ts';

/** Given back with the object as they came with it. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const META = 'meta-';
const MAX_META_BYTES = 8 * 1024;
const MAX_TAGS = 10;
const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];
const ACLS: readonly ObjectAcl[] = ['default', 'private', 'public-read', 'public-read-write'];

/** What PutObject, CopyObject, AppendObject and InitiateMultipartUpload say of an object besides its bytes. */
export type ObjectFields = Pick<ObjectRow, 'acl' | 'storageClass' | 'headers' | 'tags'>;

/** Who may write an object may not by that open it to others: for an ACL of its own the caller needs that right. */
export function fieldsOf(call: ObjectCall, bucket: BucketRow): ObjectFields {
  const acl = aclOf(call, 'default');
  if (acl !== 'default') authorize(call, bucket, { action: 'PutObjectAcl', right: 'owner' });
  return {
    acl,
    storageClass: storageClassOf(call) ?? bucket.storageClass,
    headers: JSON.stringify(headersOf(call)),
    tags: JSON.stringify(tagsOf(call.own('tagging') ?? '')),
  };
}

/** The ACL that a header names. */
export function aclOf(request: ObjectRequest, fallback: ObjectAcl): ObjectAcl {
  const given = request.own('object-acl') ?? request.own('acl');
  if (given === undefined) return fallback;
  const acl = ACLS.find((one) => one === given);
  if (!acl) throw objectFault('InvalidArgument', `There is no ACL ${given}.`);
  return acl;
}

/** OSS's word for it: S3's are in capitals. Undefined: not given. */
export function storageClassOf(request: ObjectRequest): string | undefined {
  const given = request.own('storage-class');
  if (given === undefined) return undefined;
  const found = STORAGE_CLASSES.find((one) => one.toLowerCase() === given.toLowerCase());
  // S3's names for what OSS has no name for are kept as the nearest.
  return found ?? (/^[A-Z_]+$/.test(given) && request.dialect === 's3' ? 'Standard' : refuseStorageClass(given));
}

function refuseStorageClass(given: string): never {
  throw objectFault('InvalidArgument', `There is no storage class ${given}.`);
}

function headersOf(request: ObjectRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = request.header(name);
    if (value !== undefined)
      headers[name] = name === 'content-encoding' ? value.replace(/\s*aws-chunked\s*,?\s*/, '') : value;
  }
  if (headers['content-encoding'] === '') delete headers['content-encoding'];
  const prefix = PREFIX[request.dialect] + META;
  let metaBytes = 0;
  for (const name of request.headerNames()) {
    if (!name.startsWith(prefix)) continue;
    const value = request.header(name)!;
    metaBytes += name.length - prefix.length + Buffer.byteLength(value, 'latin1');
    headers[META + name.slice(prefix.length)] = value;
  }
  if (metaBytes > MAX_META_BYTES) throw objectFault('InvalidArgument', 'The metadata are longer than 8 KiB.');
  return headers;
}

/** `a=1&b=2` */
export function tagsOf(text: string): [string, string][] {
  const tags = pairsOf(text);
  checkTags(tags);
  return tags;
}

export function checkTags(tags: readonly (readonly [string, string])[]): void {
  const isFine = tags.every(([key, value]) => key.length >= 1 && key.length <= 128 && value.length <= 256);
  if (!isFine || tags.length > MAX_TAGS || new Set(tags.map(([key]) => key)).size < tags.length) {
    throw objectFault(
      'InvalidArgument',
      'An object has at most 10 tags, each with its own key of 1 to 128 characters.',
    );
  }
}

/** The headers that an answer gives of an object. */
export function objectHeaders(row: ObjectRow, dialect: Dialect, requestId: string): Record<string, string> {
  const prefix = PREFIX[dialect];
  const kept = JSON.parse(row.headers) as Record<string, string>;
  const out: Record<string, string> = { 'content-type': 'application/octet-stream' };
  for (const [name, value] of Object.entries(kept)) out[name.startsWith(META) ? prefix + name : name] = value;
  const tags = (JSON.parse(row.tags) as unknown[]).length;
  return {
    ...out,
    etag: quotedEtag(row.etag, dialect),
    'last-modified': new Date(row.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    ...(tags > 0 && { [`${prefix}tagging-count`]: String(tags) }),
    ...(dialect === 'oss'
      ? {
          'x-oss-object-type': row.type,
          'x-oss-storage-class': row.storageClass,
          'x-oss-hash-crc64ecma': row.crc64,
          'x-oss-request-id': requestId,
          ...(row.type === 'Appendable' && { 'x-oss-next-append-position': String(row.sizeBytes) }),
        }
      : {}),
  };
}

/** OSS writes hex in capitals. */
export const quotedEtag = (etag: string, dialect: Dialect): string =>
  `"${dialect === 'oss' ? etag.toUpperCase() : etag}"`;

/** As clients send it back: with quotes or without, in either case. */
export const plainEtag = (text: string): string => text.replace(/^"|"$/g, '').toLowerCase();
