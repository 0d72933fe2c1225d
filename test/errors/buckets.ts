import * as s3 from '@aws-sdk/client-s3';
import type { World } from '../world.ts';
import type { Party } from '../wire/imageWorld.ts';
import { REGION } from './coverage.ts';

let buckets = 0;

/** A bucket of the account's in `REGION`, with these objects. Answers its name. */
export async function makeBucket(world: World, owner: Party, objects: Record<string, string> = {}): Promise<string> {
  const client = new s3.S3Client({
    endpoint: world.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: owner.accessKeyId, secretAccessKey: owner.accessKeySecret },
    maxAttempts: 1,
  });
  const Bucket = `errors-${(buckets += 1)}`;
  try {
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    for (const [Key, Body] of Object.entries(objects))
      await client.send(new s3.PutObjectCommand({ Bucket, Key, Body }));
  } finally {
    client.destroy();
  }
  return Bucket;
}
