import { findBucket, type BucketRow } from '../../records/tables/buckets.ts';
import { findObject, isContentUsed, type ObjectRow } from '../../records/tables/objects.ts';
import { conditionOf } from '../conditions.ts';
import { PREFIX } from '../dialect.ts';
import { objectFault } from '../faults.ts';
import { fieldsOf, quotedEtag } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectCall } from '../parts.ts';
import { decode } from '../request.ts';
import { checkOverwrite, replaceObject } from '../replaceObject.ts';
import { xmlAnswer } from '../xml.ts';
import { readable } from './objects.ts';

/** No byte moves: the copy shares its source's content. */
export const copyObject: Operation = {
  action: 'PutObject',
  method: 'PUT',
  on: 'object',
  header: 'copy-source',
  right: 'write',
  async run(call, bucket) {
    const { parts, key, dialect } = call;
    const source = await sourceOf(call);
    const fields = fieldsOf(call, bucket);
    const isSelf = source.bucket === bucket.name && source.key === key;
    const keepsHeaders = (call.own('metadata-directive') ?? 'COPY').toUpperCase() === 'COPY';
    const keepsTags = (call.own('tagging-directive') ?? 'COPY').toUpperCase() === 'COPY';
    if (isSelf && keepsHeaders && keepsTags && dialect === 's3') {
      throw objectFault('InvalidArgument', 'A copy onto itself has to change something.');
    }
    const made: ObjectRow = {
      ...source,
      ...fields,
      ...(keepsHeaders && { headers: source.headers }),
      ...(keepsTags && { tags: source.tags }),
      bucket: bucket.name,
      key,
      type: source.type === 'Appendable' ? 'Normal' : source.type,
      modifiedAt: parts.clock.now(),
    };
    let row = made;
    const unused = await parts.database.write(async (tx) => {
      await checkOverwrite(tx, call);
      // The source may have been replaced meanwhile, its content gone; or have grown.
      if (!(await isContentUsed(tx, made.contentId))) throw objectFault('NoSuchKey');
      const now = await findObject(tx, source.bucket, source.key);
      const { sizeBytes, etag, crc64 } = now?.contentId === made.contentId ? now : made;
      row = { ...made, sizeBytes, etag, crc64 };
      return replaceObject(tx, row, 'shared');
    });
    await parts.blobsInUse.delete(unused);
    return xmlAnswer(dialect, 'CopyObjectResult', {
      LastModified: new Date(row.modifiedAt).toISOString(),
      ETag: quotedEtag(row.etag, dialect),
    });
  },
};

/** The object that `copy-source` names (`/bucket/key` or `bucket/key`, percent-encoded), which the caller may read and whose conditions hold. */
export async function sourceOf(call: ObjectCall): Promise<ObjectRow> {
  const [, bucketName, key] = /^\/?([^/]+)\/(.+)$/s.exec(decode(call.own('copy-source')!)) ?? [];
  if (!bucketName || !key) throw objectFault('InvalidArgument', 'A source is a bucket and a key.');
  const bucket: BucketRow | undefined = await findBucket(call.parts.database.read, bucketName);
  if (!bucket) throw objectFault('NoSuchBucket', '', { BucketName: bucketName });
  const source = await readable({ ...call, bucket: bucketName, key }, bucket);
  if (conditionOf(call, source, `${PREFIX[call.dialect]}copy-source-`) !== 'holds')
    throw objectFault('PreconditionFailed');
  return source;
}
