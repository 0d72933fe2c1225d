import { allBuckets } from '../records/tables/buckets.ts';
import { deleteUpload, listUploads } from '../records/tables/uploads.ts';
import { listObjects } from '../records/tables/objects.ts';
import { isAbandoned, isExpired } from './lifecycle.ts';
import { remove } from './operations/deleteObjects.ts';
import type { ObjectParts } from './parts.ts';
import { settingsOf, type LifecycleRule } from './settings.ts';

const BATCH = 1000;

/** Deletes what the buckets' lifecycle rules say is over. */
export async function sweepExpired(parts: ObjectParts): Promise<void> {
  for (const bucket of await allBuckets(parts.database.read)) {
    const { lifecycle } = settingsOf(bucket);
    if (!lifecycle) continue;
    await sweepObjects(parts, bucket.name, lifecycle);
    await sweepUploads(parts, bucket.name, lifecycle);
  }
}

async function sweepObjects(parts: ObjectParts, bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
  const now = parts.clock.now();
  for (let after = ''; ;) {
    const batch = await listObjects(parts.database.read, { bucket, prefix: '', after, limit: BATCH });
    const expired = batch.filter((row) => isExpired(rules, row, now));
    const unused = await parts.database.write(async (tx) => {
      const blobs: string[] = [];
      for (const { key } of expired) blobs.push(...(await remove(tx, bucket, key)));
      return blobs;
    });
    await parts.blobsInUse.delete(unused);
    if (batch.length < BATCH) return;
    after = batch.at(-1)!.key;
  }
}

async function sweepUploads(parts: ObjectParts, bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
  const now = parts.clock.now();
  for (let after = { key: '', id: '' }; ;) {
    const batch = await listUploads(parts.database.read, { bucket, prefix: '', after, limit: BATCH });
    for (const upload of batch.filter((row) => isAbandoned(rules, row, now))) {
      await parts.blobsInUse.delete(await parts.database.write((tx) => deleteUpload(tx, upload.id)));
    }
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    after = { key: last.key, id: last.id };
  }
}
