import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import * as s3 from '@aws-sdk/client-s3';
import { makeBucket } from '../requirements/exports.ts';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU, MIB, type LifeWorld } from '../requirements/world.ts';
import { openNbd } from '../workload/nbdClient.ts';
import type { Account } from '../world.ts';
import { tongjing } from './command.ts';

const GIB = 1024 ** 3;
/** Where these tests write on disks, and some more. */
const WINDOWS = [0, 4 * MIB, 3 * GIB, 7 * GIB - 8 * MIB];
const WINDOW_BYTES = 3 * MIB;

const scratch = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** What of it is written here, of each disk, snapshot and image. */
async function contentsOf(life: LifeWorld, ids: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const id of ids) {
    const client = await openNbd(await socketOf(life, id));
    const hash = createHash('sha256');
    for (const offset of [...WINDOWS, client.sizeBytes - MIB]) {
      const length = Math.min(WINDOW_BYTES, client.sizeBytes - offset);
      if (length > 0) hash.update(await client.read(offset, length));
    }
    await client.close();
    found[id] = `${client.sizeBytes} ${hash.digest('hex')}`;
  }
  return found;
}

const socketOf = async (life: LifeWorld, id: string): Promise<string> => {
  const { uri } = await life.operator<{ uri: string }>('nbd', { id });
  return decodeURIComponent(new URL(uri).searchParams.get('socket')!);
};

async function trim(life: LifeWorld, diskId: string, offset: number, length: number): Promise<void> {
  const client = await openNbd(await socketOf(life, diskId));
  await client.trim(offset, length);
  await client.flush();
  await client.close();
}

function objectsOf(life: LifeWorld, { accessKeyId, accessKeySecret }: Account): s3.S3Client {
  const credentials = { accessKeyId, secretAccessKey: accessKeySecret };
  return new s3.S3Client({ endpoint: life.world.endpoint, region: HANGZHOU, forcePathStyle: true, credentials });
}

test('a saved world, loaded, is the world: every disk, snapshot, image, key and object of two accounts in two regions', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'world.state');
  const loaded = join(folder, 'loaded');
  let before: Record<string, string>;
  let alice: Account;
  let ids: string[];
  const object = randomBytes(3 * MIB);
  {
    await using life = await createLifeWorld();
    const owner = await life.tenant('alice');
    const bob = await life.tenant('bob');
    alice = owner;
    const base = await life.image(contentOf('base', 7 * MIB));
    const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, encrypted: 'true' })];
    const { instanceId, diskIds } = await owner.run(base, { dataDisk });
    const [system, data] = diskIds as [string, string];
    await life.write(system, MIB, contentOf('system'));
    await life.write(data, 3 * GIB, contentOf('secret'));
    const snapshots = [await owner.snapshot(system), await owner.snapshot(data)];
    // Behind the snapshots, and in no snapshot yet: other bytes, bytes that are gone, bytes in the last block.
    await life.write(system, 3 * GIB + 512, contentOf('later'));
    await trim(life, system, 5 * MIB, MIB);
    await life.write(data, 3 * GIB + MIB, contentOf('later secret'));
    await life.write(data, 20 * GIB - 512, Buffer.alloc(512, 7));
    const image = await owner.createImage({ instanceId, imageName: 'web' });
    const copy = await owner.copyImage({ imageId: image, destinationRegionId: BEIJING });
    // Beijing: another account, from a shared image.
    const plain = await owner.createImage({ snapshotId: snapshots[0]!, imageName: 'plain' });
    const away = await owner.copyImage({ imageId: plain, destinationRegionId: BEIJING, destinationImageName: 'away' });
    await owner.share(away, bob, BEIJING);
    const ofBob = await bob.run(away, { regionId: BEIJING });
    await life.write(ofBob.diskIds[0]!, 7 * GIB - 8 * MIB, contentOf('bob'));
    // What nothing reaches any more does not travel.
    const lost = await owner.run(base);
    const lostBytes = randomBytes(5 * MIB);
    await life.write(lost.diskIds[0]!, 0, lostBytes);
    const lostSnapshot = await owner.snapshot(lost.diskIds[0]!);
    await owner.release(lost.instanceId);
    await owner.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: lostSnapshot }));
    using bucket = await makeBucket(life.world, owner, 'files');
    const client = objectsOf(life, owner);
    await client.send(new s3.PutObjectCommand({ Bucket: 'files', Key: 'a/b', Body: object }));
    await client.send(new s3.CopyObjectCommand({ Bucket: 'files', Key: 'c', CopySource: 'files/a/b' }));
    assert.deepEqual(await bucket.keys(), ['a/b', 'c']);

    ids = [base, system, data, ...snapshots, image, copy, plain, away, ofBob.diskIds[0]!];
    await life.settled();
    before = await contentsOf(life, ids);
    const saved = await tongjing(['state', 'save', file, '--json', '--data', life.world.dataDir]);
    const { path, sizeBytes, chunks, volumes, objects } =
      saved.json<Record<'path' | 'sizeBytes' | 'chunks' | 'volumes' | 'objects', never>>();
    assert.deepEqual([path, sizeBytes, volumes, objects], [file, statSync(file).size, 3, 1]);
    assert.ok(chunks > 20);
    // Random bytes lie in a file as they are.
    const bytes = readFileSync(file);
    assert.ok(bytes.includes(object.subarray(MIB, MIB + 64)));
    assert.ok(!bytes.includes(lostBytes.subarray(MIB, MIB + 64)), 'what nothing reaches stays behind');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    // The service goes on, and its disks are as they were.
    await life.settled();
    assert.deepEqual(await contentsOf(life, ids), before);
    await life.write(system, 0, contentOf('after it was saved'));
    await owner.snapshot(system);
  }

  const ran = await tongjing(['state', 'load', file, '--json', '--data', loaded]);
  assert.equal(ran.json<{ dataDir: string }>().dataDir, loaded);
  await using life = await createLifeWorld({}, { dataDir: loaded });
  const verified = await tongjing(['verify', '--json', '--data', loaded]);
  assert.equal(verified.json<{ isClean: boolean }>().isClean, true);
  assert.deepEqual(await contentsOf(life, ids), before);
  const client = objectsOf(life, alice);
  for (const Key of ['a/b', 'c']) {
    const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: 'files', Key }));
    assert.ok(object.equals(await Body!.transformToByteArray()), Key);
  }
  // And goes on from there: what was written since the last snapshot is in the next one.
  const ecs = life.world.ecs(alice);
  const system = ids[1]!;
  const { body } = await ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId: system }));
  await life.settled();
  assert.deepEqual((await contentsOf(life, [body!.snapshotId!]))[body!.snapshotId!], before[system]);
});
