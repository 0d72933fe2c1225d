import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as s3 from '@aws-sdk/client-s3';
import type { Account, World } from '../world.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';

/** A bucket of one account, and what comes out of it. */
export interface Bucket extends Disposable {
  folder: string;
  keys(): Promise<string[]>;
  /** The object as a file of this name. */
  download(key: string): Promise<string>;
}

export async function makeBucket({ endpoint }: World, account: Account, Bucket: string): Promise<Bucket> {
  const client = new s3.S3Client({
    endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.accessKeySecret },
    maxAttempts: 1,
  });
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-export-'));
  return {
    folder,
    async keys() {
      const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => Key!);
    },
    async download(Key) {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
      const path = join(folder, Key);
      await writeFile(path, await Body!.transformToByteArray());
      return path;
    },
    [Symbol.dispose]() {
      client.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The operator lets an account do something. */
export async function grant(world: World, account: Account, Kind: string): Promise<string> {
  const { TicketId } = await tongjingClient(world, account)<{ TicketId: string }>('SubmitTicket', {
    Kind,
    Reason: 'lab',
  });
  await tongjingClient(world, world.operator)('GrantTicket', { TicketId });
  return TicketId;
}

/** What a `.raw.tar.gz` unpacks to. */
export function unpacked(archive: string, folder: string): string {
  execFileSync('tar', ['xzf', archive, '-C', folder]);
  return archive.replace(/\.tar\.gz$/, '');
}
