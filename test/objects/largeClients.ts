import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as s3 from '@aws-sdk/client-s3';
import OSS from 'ali-oss';
import { until } from '../until.ts';
import { startCuttingRelay } from './cuttingRelay.ts';

/** The clients that people have, unmodified, each in its own way of doing the same. */
export interface ObjectClient {
  makeBucket(bucket: string): Promise<void>;
  /** In parts. */
  upload(file: string, bucket: string, key: string): Promise<void>;
  /** Undefined: the client can't. */
  read: ((bucket: string, key: string, offset: number, length: number) => Promise<Buffer>) | undefined;
  /** Cut off in the middle, and gone on with from there. Answers the digest of what arrived. */
  downloadInTwo(bucket: string, key: string): Promise<string>;
  list(bucket: string): Promise<string[]>;
  copy(bucket: string, from: string, to: string): Promise<void>;
  remove(bucket: string, keys: string[]): Promise<void>;
}

/** What a client is told. */
export interface Place {
  endpoint: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** Where it may leave files; the test removes them. */
  folder: string;
}

const MIB = 1024 ** 2;
export const PART_BYTES = 64 * MIB;
/** A download is cut once so much of it arrived. */
const CUT_BYTES = 300 * MIB;
/** Of one request, on a machine that does much else. */
const PATIENCE_MS = 600_000;

const run = promisify(execFile);
/** Debian's rclone and s3cmd take it for certificates that it does not name. */
const { AWS_CA_BUNDLE: _, ...inherited } = process.env;
const environment = { ...inherited, LC_ALL: 'C.UTF-8' };
const output = async (program: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
  (await run(program, args, { env: { ...environment, ...more }, maxBuffer: 16 * MIB, encoding: 'buffer' })).stdout;

export async function digestOf(...streams: AsyncIterable<Uint8Array>[]): Promise<string> {
  const hash = createHash('sha256');
  for (const stream of streams) for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
}

/** The digest of what two requests bring: the first is given up once `CUT_BYTES` of it came, the second brings the rest. */
function digestInTwo(from: (offset: number) => Promise<AsyncIterable<Uint8Array>>): Promise<string> {
  let taken = 0;
  return digestOf(
    (async function* () {
      for await (const piece of await from(0)) {
        taken += piece.length;
        yield piece;
        // The stream is destroyed, and its connection with it.
        if (taken >= CUT_BYTES) return;
      }
    })(),
    (async function* () {
      yield* await from(taken);
    })(),
  );
}

const aliOss =
  (options: Partial<OSS.Options> & { authorizationV4?: boolean }) =>
  ({ endpoint, accessKeyId, accessKeySecret }: Place): ObjectClient => {
    const client = new OSS({
      endpoint: endpoint.replace('127.0.0.1', 'localhost'),
      region: 'oss-cn-hangzhou',
      accessKeyId,
      accessKeySecret,
      secure: false,
      sldEnable: true,
      timeout: PATIENCE_MS,
      ...options,
    } as OSS.Options);
    const get = async (key: string, range: string) => {
      const { stream } = (await client.getStream(key, { headers: { Range: range } } as never)) as {
        stream: AsyncIterable<Uint8Array>;
      };
      return stream;
    };
    return {
      async makeBucket(bucket) {
        await client.putBucket(bucket);
      },
      async upload(file, bucket, key) {
        client.useBucket(bucket);
        await client.multipartUpload(key, file, { partSize: PART_BYTES, parallel: 2 });
      },
      async read(bucket, key, offset, length) {
        client.useBucket(bucket);
        const { content } = await client.get(key, undefined, {
          headers: { Range: `bytes=${offset}-${offset + length - 1}` },
        } as never);
        return content as Buffer;
      },
      async downloadInTwo(bucket, key) {
        client.useBucket(bucket);
        return digestInTwo((offset) => get(key, `bytes=${offset}-`));
      },
      async list(bucket) {
        client.useBucket(bucket);
        const keys: string[] = [];
        for (let token: string | undefined; ;) {
          const query = { 'max-keys': '1000', ...(token && { 'continuation-token': token }) };
          const page = await client.listV2(query as never, {});
          keys.push(...page.objects.map(({ name }) => name));
          token = (page as { nextContinuationToken?: string }).nextContinuationToken;
          if (!token) return keys;
        }
      },
      async copy(bucket, from, to) {
        client.useBucket(bucket);
        await client.copy(to, from);
      },
      async remove(bucket, keys) {
        client.useBucket(bucket);
        await client.deleteMulti(keys);
      },
    };
  };

function s3Sdk({ endpoint, accessKeyId, accessKeySecret }: Place): ObjectClient {
  const client = new s3.S3Client({
    endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
  });
  const get = async (Bucket: string, Key: string, Range: string) =>
    (await client.send(new s3.GetObjectCommand({ Bucket, Key, Range }))).Body!;
  return {
    async makeBucket(Bucket) {
      await client.send(new s3.CreateBucketCommand({ Bucket }));
    },
    async upload(file, Bucket, Key) {
      const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
      const { size } = statSync(file);
      const Parts: s3.CompletedPart[] = [];
      for (let start = 0; start < size; start += PART_BYTES) {
        const PartNumber = Parts.length + 1;
        const ContentLength = Math.min(PART_BYTES, size - start);
        const Body = createReadStream(file, { start, end: start + ContentLength - 1 });
        const part = new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ContentLength });
        Parts.push({ PartNumber, ETag: (await client.send(part)).ETag });
      }
      const MultipartUpload = { Parts };
      await client.send(new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    },
    async read(bucket, key, offset, length) {
      const body = await get(bucket, key, `bytes=${offset}-${offset + length - 1}`);
      return Buffer.from(await body.transformToByteArray());
    },
    downloadInTwo: (bucket, key) =>
      digestInTwo(async (offset) => (await get(bucket, key, `bytes=${offset}-`)) as AsyncIterable<Uint8Array>),
    async list(Bucket) {
      const keys: string[] = [];
      for await (const { Contents } of s3.paginateListObjectsV2({ client }, { Bucket })) {
        keys.push(...Contents!.map(({ Key }) => Key!));
      }
      return keys;
    },
    async copy(Bucket, from, Key) {
      await client.send(new s3.CopyObjectCommand({ Bucket, Key, CopySource: encodeURI(`${Bucket}/${from}`) }));
    },
    async remove(Bucket, keys) {
      const Objects = keys.map((Key) => ({ Key }));
      await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    },
  };
}

function rclone({ endpoint, accessKeyId, accessKeySecret, folder }: Place): ObjectClient {
  const settings = (at: string) => ({
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_T_TYPE: 's3',
    RCLONE_CONFIG_T_PROVIDER: 'Other',
    RCLONE_CONFIG_T_ENDPOINT: at,
    RCLONE_CONFIG_T_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG_T_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_T_SECRET_ACCESS_KEY: accessKeySecret,
    RCLONE_S3_CHUNK_SIZE: `${PART_BYTES / MIB}M`,
    RCLONE_S3_UPLOAD_CONCURRENCY: '2',
  });
  const rcloned = (...args: string[]) => output('rclone', args, settings(endpoint));
  return {
    async makeBucket(bucket) {
      await rcloned('mkdir', `t:${bucket}`);
    },
    async upload(file, bucket, key) {
      await rcloned('copyto', file, `t:${bucket}/${key}`);
    },
    read: (bucket, key, offset, length) =>
      rcloned('cat', '--offset', String(offset), '--count', String(length), `t:${bucket}/${key}`),
    // It goes on by itself when its connection breaks.
    async downloadInTwo(bucket, key) {
      await using relay = await startCuttingRelay(endpoint, CUT_BYTES);
      const file = join(folder, 'copied');
      await output(
        'rclone',
        ['copyto', `t:${bucket}/${key}`, file, '--multi-thread-streams', '0'],
        settings(relay.endpoint),
      );
      const digest = await digestOf(createReadStream(file));
      await rm(file);
      if (relay.cuts !== 1) throw new Error(`The download was cut ${relay.cuts} times`);
      return digest;
    },
    list: async (bucket) =>
      (await rcloned('lsf', '-R', '--files-only', `t:${bucket}`)).toString().trimEnd().split('\n'),
    async copy(bucket, from, to) {
      await rcloned('copyto', `t:${bucket}/${from}`, `t:${bucket}/${to}`);
    },
    async remove(bucket, keys) {
      for (const key of keys) await rcloned('deletefile', `t:${bucket}/${key}`);
    },
  };
}

function s3cmd({ endpoint, accessKeyId, accessKeySecret, folder }: Place): ObjectClient {
  const { host } = new URL(endpoint);
  const config = join(folder, 's3cfg');
  const settings = {
    access_key: accessKeyId,
    secret_key: accessKeySecret,
    host_base: host,
    host_bucket: `${host}/%(bucket)`,
    use_https: 'False',
    multipart_chunk_size_mb: PART_BYTES / MIB,
    progress_meter: 'False',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(config, `[default]\n${lines.join('')}`);
  const s3cmded = (...args: string[]) => output('s3cmd', ['-c', config, ...args]);
  return {
    async makeBucket(bucket) {
      await s3cmded('mb', `s3://${bucket}`);
    },
    async upload(file, bucket, key) {
      await s3cmded('put', file, `s3://${bucket}/${key}`);
    },
    // None but of all that is missing at the end of a file, as below.
    read: undefined,
    async downloadInTwo(bucket, key) {
      const file = join(folder, 'continued');
      const args = ['get', '--continue', `s3://${bucket}/${key}`, file];
      const first = spawn('s3cmd', ['-c', config, ...args], { env: environment, stdio: 'ignore' });
      const ended = new Promise((resolve) => first.once('exit', resolve));
      await until(() => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= CUT_BYTES);
      first.kill('SIGKILL');
      await ended;
      await s3cmded(...args);
      const digest = await digestOf(createReadStream(file));
      await rm(file);
      return digest;
    },
    async list(bucket) {
      const listed = (await s3cmded('ls', '--recursive', `s3://${bucket}`)).toString().trimEnd().split('\n');
      return listed.map((line) => line.slice(line.indexOf('s3://') + `s3://${bucket}/`.length));
    },
    async copy(bucket, from, to) {
      await s3cmded('cp', `s3://${bucket}/${from}`, `s3://${bucket}/${to}`);
    },
    async remove(bucket, keys) {
      await s3cmded('del', ...keys.map((key) => `s3://${bucket}/${key}`));
    },
  };
}

export const objectClients: Readonly<Record<string, (place: Place) => ObjectClient>> = {
  'ali-oss, V1': aliOss({}),
  'ali-oss, V4': aliOss({ authorizationV4: true }),
  'the S3 SDK': s3Sdk,
  rclone,
  s3cmd,
};
