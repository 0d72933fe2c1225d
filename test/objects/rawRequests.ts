import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import OSS from 'ali-oss';
import { Bucket, type createObjectWorld } from './objectWorld.ts';

export type ObjectWorld = Awaited<ReturnType<typeof createObjectWorld>>;

export function ossOf({ world, alice }: ObjectWorld, bucket = Bucket): OSS {
  return new OSS({
    endpoint: world.endpoint.replace('127.0.0.1', 'localhost'),
    region: 'oss-cn-hangzhou',
    accessKeyId: alice.accessKeyId,
    accessKeySecret: alice.accessKeySecret,
    secure: false,
    sldEnable: true,
    bucket,
  } as OSS.Options);
}

type SignV4 = (method: string, expires: number, request: object, key: string) => Promise<string>;

/** Presigned URLs for a minute, of each kind. */
export const presigned: Record<string, (at: ObjectWorld, method: 'GET' | 'PUT', key: string) => Promise<string>> = {
  S3: ({ client }, method, Key) =>
    getSignedUrl(
      client,
      method === 'GET' ? new s3.GetObjectCommand({ Bucket, Key }) : new s3.PutObjectCommand({ Bucket, Key }),
      {
        expiresIn: 60,
      },
    ),
  'OSS V1': async (at, method, key) => ossOf(at).signatureUrl(key, { method, expires: 60 }),
  'OSS V4': (at, method, key) =>
    (ossOf(at) as unknown as { signatureUrlV4: SignV4 }).signatureUrlV4(method, 60, {}, key),
};

/** A URL of OSS's first kind for any method, key and sub-resources, which clients would not sign. */
export function signed(
  { world, alice }: ObjectWorld,
  method: string,
  key: string,
  query = '',
  md5 = '',
  bucket = Bucket,
): string {
  const expires = Math.floor(Date.now() / 1000) + 60;
  const resource = `/${bucket}/${key}${query && `?${query}`}`;
  const signature = createHmac('sha1', alice.accessKeySecret).update([method, md5, '', expires, resource].join('\n'));
  const parameters = new URLSearchParams({
    OSSAccessKeyId: alice.accessKeyId,
    Expires: String(expires),
    Signature: signature.digest('base64'),
  });
  return `${world.endpoint}/${bucket}/${encodeURIComponent(key)}?${parameters}${query && `&${query}`}`;
}

/** The answer's code, and that neither a row nor a file is different. */
export async function refuses(
  { world, blobs }: ObjectWorld,
  [status, code]: [number, string],
  call: () => Promise<{ status: number; body: string }>,
): Promise<void> {
  const rows = async () => [blobs(), await world.parts.database.read.selectFrom('objects').selectAll().execute()];
  const before = await rows();
  const answer = await call();
  assert.deepEqual([answer.status, /<Code>(\w+)<\/Code>/.exec(answer.body)?.[1]], [status, code], answer.body);
  assert.deepEqual(await rows(), before);
}

/** A request whose body the test sends by itself, if at all. */
export function begin(url: string, method: string, headers: OutgoingHttpHeaders) {
  const sending: ClientRequest = request(url, { method, headers, agent: false });
  const answer = new Promise<{ status: number; body: string }>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', async (response: IncomingMessage) => {
      resolve({ status: response.statusCode!, body: await textOf(response) });
    });
  });
  return { sending, answer };
}
