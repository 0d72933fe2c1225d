import type { Tx } from '../records/database.ts';
import { findBucket } from '../records/tables/buckets.ts';
import { dropContent, findObject, insertParts, saveObject, type ObjectRow } from '../records/tables/objects.ts';
import { objectFault } from './faults.ts';
import { plainEtag } from './objectFields.ts';
import type { ObjectCall } from './parts.ts';

/** Puts an object in the place of the one of its key. Answers the blobs that nothing needs any more: delete them once this is committed. */
export async function replaceObject(
  tx: Tx,
  row: ObjectRow,
  parts: readonly { blob: string; sizeBytes: number }[] | 'shared',
): Promise<string[]> {
  // The bucket may have gone while the body came.
  if (!(await findBucket(tx, row.bucket))) throw objectFault('NoSuchBucket');
  const old = await findObject(tx, row.bucket, row.key);
  if (parts !== 'shared') {
    await insertParts(
      tx,
      parts.map(({ blob, sizeBytes }, position) => ({ contentId: row.contentId, position, blob, sizeBytes })),
    );
  }
  await saveObject(tx, row);
  return old && old.contentId !== row.contentId ? dropContent(tx, old.contentId) : [];
}

/** What a write demands of the object that has the key now. Asked in the transaction that replaces it. */
export async function checkOverwrite(tx: Tx, call: ObjectCall): Promise<void> {
  const { bucket, key, header } = call;
  const isForbidden = call.own('forbid-overwrite')?.toLowerCase() === 'true' || header('if-none-match') === '*';
  const match = header('if-match');
  if (!isForbidden && match === undefined) return;
  const old = await findObject(tx, bucket, key);
  if (isForbidden && old) throw objectFault('PreconditionFailed', 'The object exists already.');
  if (match !== undefined && (!old || (match !== '*' && plainEtag(match) !== old.etag)))
    throw objectFault('PreconditionFailed');
}
