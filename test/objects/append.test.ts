import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { until } from '../until.ts';
import { Bucket, createObjectWorld, text } from './objectWorld.ts';
import { refuses, signed } from './rawRequests.ts';

test('an object grows by what is appended, in time that does not grow with it; copies of it stay what they are', async () => {
  await using at = await createObjectWorld();
  const { world, client, blobs } = at;
  const { read } = world.parts.database;
  const append = (position: number, body: string) =>
    text(signed(at, 'POST', 'log', `append&position=${position}`), { method: 'POST', body: Buffer.from(body) });
  const contentOf = async (Key: string) =>
    (await client.send(new s3.GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
  const before = { parts: (await read.selectFrom('contentParts').selectAll().execute()).length, blobs: blobs().length };
  let whole = '';
  const etags = new Set<string>();
  for (let piece = 0; piece < 10; piece++) {
    const { status, headers } = await append(whole.length, 'a piece;');
    whole += 'a piece;';
    etags.add(headers.get('etag')!);
    assert.deepEqual([status, headers.get('x-oss-next-append-position')], [200, String(whole.length)]);
  }
  assert.equal(etags.size, 10, 'what it held before is another object to a cache');
  const rows = async () => (await read.selectFrom('contentParts').selectAll().execute()).length - before.parts;
  assert.equal(await rows(), 10, 'one for each piece');
  await client.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/log` }));
  await append(whole.length, 'more');
  await append(whole.length + 4, 'and more');
  assert.deepEqual([await contentOf('log'), await contentOf('copy')], [`${whole}moreand more`, whole]);
  assert.equal(await rows(), 10 + 12);
  await refuses(at, [409, 'PositionNotEqualToLength'], () => append(3, 'x'));
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'log' }));
  assert.equal(await contentOf('copy'), whole);
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'copy' }));
  await until(() => blobs().length === before.blobs);
  assert.equal(await rows(), 0);
});
