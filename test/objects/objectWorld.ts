import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as s3 from '@aws-sdk/client-s3';
import { allRows } from '../allRows.ts';
import { createWorld, type Account, type World } from '../world.ts';

export const Bucket = 'pictures';

export function clientOf({ endpoint }: World, { accessKeyId, accessKeySecret }: Account, clock = 0): s3.S3Client {
  return new s3.S3Client({
    endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    systemClockOffset: clock,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
    maxAttempts: 1,
  });
}

/** A bucket of Alice's with one object, and Bob. */
export async function createObjectWorld() {
  const world = await createWorld();
  const alice = await world.account('alice');
  const bob = await world.account('bob');
  const client = clientOf(world, alice);
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'a', Body: 'content of a' }));
  const blobs = () => readdirSync(join(world.dataDir, 'objects')).sort();
  return {
    world,
    alice,
    bob,
    client,
    blobs,
    /** The call fails so; no row and no file is different afterwards. */
    async refuses(code: string, status: number, call: () => Promise<unknown>): Promise<void> {
      const before = [await allRows(world), blobs()];
      const fault = await call().then(
        () => assert.fail(`${code} expected, but the call succeeded`),
        (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
      );
      assert.equal(fault.name, code, fault.message);
      assert.equal(fault.$metadata?.httpStatusCode, status);
      assert.deepEqual([await allRows(world), blobs()], before, 'nothing may have changed');
    },
    async [Symbol.asyncDispose]() {
      // Connections that it keeps would be waited for.
      client.destroy();
      await world[Symbol.asyncDispose]();
    },
  };
}

export const text = async (url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, init);
  return { status: answer.status, body: await answer.text(), headers: answer.headers };
};
