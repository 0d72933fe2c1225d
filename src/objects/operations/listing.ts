import type { Db } from '../../records/database.ts';
import { listObjects, type ObjectRow } from '../../records/tables/objects.ts';
import { objectFault } from '../faults.ts';
import { quotedEtag } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectCall } from '../parts.ts';
import { encode } from '../request.ts';
import { xmlAnswer } from '../xml.ts';

const MOST = 1000;

/** GetBucket (ListObjects) and, by `list-type=2`, ListObjectsV2. */
export const listBucket: Operation = {
  action: 'ListObjects',
  method: 'GET',
  on: 'bucket',
  right: 'read',
  async run(call, bucket) {
    const { parameters, dialect, parts } = call;
    const isV2 = parameters.get('list-type') === '2';
    const wish = wishOf(call, isV2);
    const page = await pageOf(parts.database.read, bucket.name, wish);
    const spell = parameters.get('encoding-type') === 'url' ? encode : (text: string) => text;
    const last = page.after === null ? null : spell(page.after);
    const owner = { ID: bucket.accountId, DisplayName: bucket.accountId };
    const withOwner = !isV2 || parameters.get('fetch-owner') === 'true';
    return xmlAnswer(dialect, 'ListBucketResult', {
      Name: bucket.name,
      Prefix: spell(wish.prefix),
      ...(isV2
        ? {
            ...(parameters.has('start-after') && { StartAfter: spell(parameters.get('start-after')!) }),
            ...(parameters.has('continuation-token') && { ContinuationToken: parameters.get('continuation-token')! }),
            KeyCount: page.rows.length + page.prefixes.length,
            ...(page.after !== null && { NextContinuationToken: tokenOf(page.after) }),
          }
        : { Marker: spell(wish.after), ...(last !== null && { NextMarker: last }) }),
      MaxKeys: wish.most,
      ...(wish.delimiter !== '' && { Delimiter: spell(wish.delimiter) }),
      ...(spell === encode && { EncodingType: 'url' }),
      IsTruncated: page.after !== null,
      Contents: page.rows.map((row) => ({
        Key: spell(row.key),
        LastModified: new Date(row.modifiedAt).toISOString(),
        ETag: quotedEtag(row.etag, dialect),
        ...(dialect === 'oss' && { Type: row.type }),
        Size: row.sizeBytes,
        StorageClass: dialect === 'oss' ? row.storageClass : row.storageClass.toUpperCase(),
        ...(withOwner && { Owner: owner }),
      })),
      CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: spell(prefix) })),
    });
  },
};

interface Wish {
  prefix: string;
  delimiter: string;
  /** Keys behind this one. */
  after: string;
  most: number;
}

function wishOf({ parameters }: ObjectCall, isV2: boolean): Wish {
  const most = Number(parameters.get('max-keys') || (isV2 ? MOST : 1000));
  if (!Number.isInteger(most) || most < 0) throw objectFault('InvalidArgument', 'max-keys is not a number of keys.');
  const token = parameters.get('continuation-token');
  const start = isV2 ? (parameters.get('start-after') ?? '') : (parameters.get('marker') ?? '');
  return {
    prefix: parameters.get('prefix') ?? '',
    delimiter: parameters.get('delimiter') ?? '',
    after: isV2 && token ? keyOf(token) : start,
    most: Math.min(most, MOST),
  };
}

const tokenOf = (key: string): string => Buffer.from(key).toString('base64url');

function keyOf(token: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) throw objectFault('InvalidArgument', 'The continuation token is none.');
  return Buffer.from(token, 'base64url').toString();
}

/** Behind every key that begins with `prefix`. */
const LAST = '\u{10ffff}';

export interface Page {
  rows: ObjectRow[];
  prefixes: string[];
  /** Where the next page begins; null: this is the last. */
  after: string | null;
}

/** Keys of one page; with a delimiter, what they have up to it is shown once, and what is below it is skipped over. */
async function pageOf(db: Db, bucket: string, { prefix, delimiter, after, most }: Wish): Promise<Page> {
  const rows: ObjectRow[] = [];
  const prefixes: string[] = [];
  let at = after;
  let shown = after;
  for (;;) {
    const room = most - rows.length - prefixes.length;
    const batch = await listObjects(db, {
      bucket,
      prefix,
      after: at,
      limit: delimiter ? Math.min(room + 1, 100) : room + 1,
    });
    if (batch.length === 0 || most === 0) return { rows, prefixes, after: null };
    for (const row of batch) {
      if (rows.length + prefixes.length === most) return { rows, prefixes, after: shown };
      const end = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
      if (end < 0) {
        rows.push(row);
        at = shown = row.key;
        continue;
      }
      const common = row.key.slice(0, end + delimiter.length);
      at = common + LAST;
      shown = common;
      // A page that began inside of it has shown it already.
      if (!after.startsWith(common)) prefixes.push(common);
      break;
    }
  }
}
