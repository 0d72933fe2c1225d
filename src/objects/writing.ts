import { createHash } from 'node:crypto';
import { WorldFault } from '../base/worldFault.ts';
import type { Tx } from '../records/database.ts';
import { findBucket } from '../records/tables/buckets.ts';
import { unusedOf } from '../records/tables/objects.ts';
import { storeStream, type StoredContent } from './content.ts';
import { combineCrc64 } from './crc64.ts';
import type { ObjectParts } from './parts.ts';
import { replaceObject } from './replaceObject.ts';

export type { StoredContent };

/** Objects that the service itself makes, by a job. At its end every blob of it that no object has is gone. */
export interface ObjectWriting extends AsyncDisposable {
  /** Durable when it answers, and nobody sees it. Memory does not grow with its length. */
  store(stream: AsyncIterable<Uint8Array>): Promise<readonly StoredContent[]>;
  /** In the place of an object of that key, if any. Throws WorldFault `BucketDeleted` where the account has no such bucket any more. */
  place(
    tx: Tx,
    to: { accountId: string; bucket: string; key: string },
    stored: readonly StoredContent[],
  ): Promise<void>;
}

/** What one blob holds of a longer object, as a multipart upload's part. */
const PART_BYTES = 1024 ** 3;

export function openWriting(parts: ObjectParts): ObjectWriting {
  const mine = new Set<string>();
  return {
    async store(stream) {
      const stored: StoredContent[] = [];
      const source = stream[Symbol.asyncIterator]();
      try {
        let held = await source.next();
        const part = async function* (): AsyncGenerator<Uint8Array> {
          for (let length = 0; !held.done && length < PART_BYTES; held = await source.next()) {
            length += held.value.length;
            yield held.value;
          }
        };
        do {
          const content = await storeStream(parts, part(), { lengthBytes: null });
          mine.add(content.blob);
          stored.push(content);
        } while (!held.done);
      } finally {
        await source.return?.();
      }
      return stored;
    },
    async place(tx, { accountId, bucket, key }, stored) {
      const found = await findBucket(tx, bucket);
      if (found?.accountId !== accountId) throw new WorldFault('BucketDeleted', `Bucket ${bucket} is gone.`);
      const isOne = stored.length === 1;
      const row = {
        bucket,
        key,
        contentId: parts.ids.text(32),
        sizeBytes: stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        etag: isOne ? stored[0]!.md5 : etagOf(stored),
        crc64: stored.map(({ crc64 }) => crc64).reduce((sum, crc, at) => combineCrc64(sum, crc, stored[at]!.sizeBytes)),
        type: isOne ? ('Normal' as const) : ('Multipart' as const),
        acl: 'default' as const,
        storageClass: found.storageClass,
        headers: '{}',
        tags: '[]',
        modifiedAt: parts.clock.now(),
      };
      for (const blob of await replaceObject(tx, row, stored)) mine.add(blob);
    },
    async [Symbol.asyncDispose]() {
      await parts.blobsInUse.delete(await unusedOf(parts.database.read, [...mine]));
    },
  };
}

/** As of a multipart upload's parts. */
function etagOf(stored: readonly StoredContent[]): string {
  const hash = createHash('md5');
  for (const { md5 } of stored) hash.update(md5, 'hex');
  return `${hash.digest('hex')}-${stored.length}`;
}
