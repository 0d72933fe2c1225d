// bjd_h5l: a system disk can be encrypted with the service's default key, or an own one; bytes at rest are ciphertext; a disabled key stops the disk.
import assert from 'node:assert/strict';
import { closeSync, globSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { kmsClient } from '../wire/kmsClient.ts';
import { statusOf } from './sharing.ts';
import { BEIJING, createLifeWorld, HANGZHOU, type LifeWorld, type Tenant } from './world.ts';

const MARKER = Buffer.from('Only with the key may anybody read this line. '.repeat(20));

/** Files of the service in which the text stands as it is. The base image's own plain content is none of the secret. */
function filesWith({ world }: LifeWorld, text: Buffer): string[] {
  return globSync('**/*', { cwd: world.dataDir })
    .map((name) => join(world.dataDir, name))
    .filter((path) => statSync(path).isFile() && beginningOf(path).includes(text.subarray(0, 46)));
}

/** Everything that is written here is in the first MiB of a disk, whose file is sparse and large. */
function beginningOf(path: string): Buffer {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(32 * 1024 * 1024);
  const length = readSync(file, bytes);
  closeSync(file);
  return bytes.subarray(0, length);
}

async function diskOf({ ecs }: Tenant, diskId: string, regionId = HANGZHOU) {
  const { body } = await ecs.describeDisks(
    new sdk.DescribeDisksRequest({ regionId, diskIds: JSON.stringify([diskId]) }),
  );
  return body!.disks!.disk![0]!;
}

/** Does not compress, so that what is stored of it would be found. */
const noise = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919 + (at >> 3)) & 0xff));

test('bjd_h5l: the service’s key is made by itself, and what is written at rest is ciphertext', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const kms = kmsClient(life.world, alice);
  await assert.rejects(kms('DescribeKey', { KeyId: 'alias/acs/ecs' }), { code: 'Forbidden.AliasNotFound' });
  const base = Buffer.concat([noise, Buffer.alloc(1024 * 1024, 'base ')]);
  // As Terraform sends it.
  const systemDisk = new sdk.RunInstancesRequestSystemDisk({ encrypted: true });
  const { instanceId, diskIds } = await alice.run(await life.image(base), { systemDisk });
  const [systemId] = diskIds as [string];
  const { KeyMetadata } = await kms('DescribeKey', { KeyId: 'alias/acs/ecs' });
  const disk = await diskOf(alice, systemId);
  assert.deepEqual([disk.encrypted, disk.KMSKeyId], [true, KeyMetadata.KeyId]);

  assert.deepEqual(await life.read(systemId, 0, base.length), base);
  await life.write(systemId, 8192, MARKER);
  const snapshotId = await alice.snapshot(systemId);
  const imageId = await alice.createImage({ instanceId });
  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING, encrypted: true });
  const there = await alice.run(copyId, { ...(await alice.network(BEIJING)) });
  assert.deepEqual(await life.read(there.diskIds[0]!, 8192, MARKER.length), MARKER);
  for (const id of [snapshotId, imageId, copyId]) assert.deepEqual(await life.read(id, 8192, MARKER.length), MARKER);
  const copied = await diskOf(alice, there.diskIds[0]!, BEIJING);
  assert.ok(copied.encrypted && copied.KMSKeyId !== KeyMetadata.KeyId, 'a region has a key of its own');
  assert.deepEqual(filesWith(life, MARKER), []);
});

test('bjd_h5l: an own key encrypts a data disk; disabled it stops the instance, enabled again it does not', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const kms = kmsClient(life.world, alice);
  const { KeyMetadata } = await kms('CreateKey');
  const { KeyId } = KeyMetadata;
  // As Packer sends it.
  const dataDisk = new sdk.CreateInstanceRequestDataDisk({ size: 20, encrypted: true, KMSKeyId: KeyId });
  const { body } = await alice.ecs.createInstance(
    new sdk.CreateInstanceRequest({
      ...(await alice.network(HANGZHOU)),
      imageId: await life.image(Buffer.alloc(1024 * 1024, 'base ')),
      instanceType: 'ecs.g6.large',
      dataDisk: [dataDisk],
    }),
  );
  await life.settled();
  const instanceId = body!.instanceId!;
  const diskId = (await alice.disksOf(instanceId))[1]!;
  assert.equal((await diskOf(alice, diskId)).KMSKeyId, KeyId);
  await life.write(diskId, 4096, MARKER);

  await kms('DisableKey', { KeyId });
  const start = () => alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
  await life.refuses('InvalidParameter.KMSKeyId.KMSUnauthorized', 403, start);
  assert.equal(await statusOf(alice, instanceId), 'Stopped');
  await kms('EnableKey', { KeyId });
  await start();
  await life.settled();
  assert.equal(await statusOf(alice, instanceId), 'Running');
  assert.deepEqual(await life.read(diskId, 4096, MARKER.length), MARKER);
  assert.deepEqual(filesWith(life, MARKER), []);
});
