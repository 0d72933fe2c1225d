// bjd_h5l: system disks are encrypted under a key that makes itself, or an own one; at rest they are ciphertext; a disabled key stops the start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createKey, kmsClient } from '../wire/kmsClient.ts';
import { filesWith, incompressible } from './atRest.ts';
import { statusOf } from './sharing.ts';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU, MIB, type Tenant } from './world.ts';

const encryptedSystem = (KMSKeyId?: string) =>
  new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', ...(KMSKeyId !== undefined && { KMSKeyId }) });

async function describedDisk({ ecs }: Tenant, diskId: string, regionId = HANGZHOU) {
  const diskIds = JSON.stringify([diskId]);
  const { body } = await ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, diskIds }));
  return body!.disks!.disk![0]!;
}

test('bjd_h5l: the first encrypted disk of a region makes its key there', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const kms = kmsClient(life.world, alice);
  const imageId = await life.image(contentOf('a system'));
  assert.equal((await kms('ListKeys')).TotalCount, 0);

  const { diskIds } = await alice.run(imageId, { systemDisk: encryptedSystem() });
  const { KeyMetadata: key } = await kms('DescribeKey', { KeyId: 'alias/acs/ecs' });
  assert.deepEqual([key.Creator, key.KeyState], ['ecs', 'Enabled']);
  const disk = await describedDisk(alice, diskIds[0]!);
  assert.deepEqual([disk.encrypted, disk.KMSKeyId], [true, key.KeyId]);
  assert.deepEqual(await life.read(diskIds[0]!, 0, 2 * MIB), contentOf('a system'));

  const zone = { regionId: HANGZHOU, zoneId: 'cn-hangzhou-h' };
  const { body } = await alice.ecs.createDisk(new sdk.CreateDiskRequest({ ...zone, size: 20, encrypted: true }));
  assert.equal((await describedDisk(alice, body!.diskId!)).KMSKeyId, key.KeyId);
  assert.equal((await kms('ListKeys')).TotalCount, 1);
  assert.equal((await kms('ListKeys', { RegionId: BEIJING })).TotalCount, 0);
});

test('bjd_h5l: what is written to an encrypted disk is ciphertext at rest: on the disk, in snapshots, images and copies', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const imageId = await life.image(contentOf('a system'));

  const open = await alice.run(imageId);
  const shown = incompressible(MIB);
  await life.write(open.diskIds[0]!, 4 * MIB, shown);
  await alice.snapshot(open.diskIds[0]!);
  assert.equal(
    filesWith(life, shown).length,
    2,
    'a plain disk and its snapshot are found, so that not finding says something',
  );

  const { KeyId } = await createKey(kmsClient(life.world, alice));
  const { instanceId, diskIds } = await alice.run(imageId, { systemDisk: encryptedSystem(KeyId) });
  const secret = incompressible(MIB);
  await life.write(diskIds[0]!, 4 * MIB, secret);
  const snapshotId = await alice.snapshot(diskIds[0]!);
  const made = await alice.createImage({ instanceId });
  const there = await alice.copyImage({ imageId: made, destinationRegionId: BEIJING });
  const copied = await alice.run(there, await alice.network(BEIJING));
  for (const id of [diskIds[0]!, snapshotId, made, there, copied.diskIds[0]!]) {
    assert.deepEqual(await life.read(id, 4 * MIB, MIB), secret, id);
    assert.deepEqual(await life.read(id, 0, 2 * MIB), contentOf('a system'), id);
  }
  assert.deepEqual(filesWith(life, secret), []);
  const disk = await describedDisk(alice, copied.diskIds[0]!, BEIJING);
  assert.ok(disk.encrypted && disk.KMSKeyId !== KeyId, 'under a key of the region that it went to');
});

test('bjd_h5l: a plain image is copied encrypted in place, as Packer does it, and works', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = incompressible(2 * MIB);
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('a system')));
  await life.write(diskIds[0]!, 0, content);
  const plain = await alice.createImage({ instanceId, imageName: 'packer_temporary' });
  const { KeyId } = await createKey(kmsClient(life.world, alice));
  const encrypted = await alice.copyImage({
    imageId: plain,
    destinationRegionId: HANGZHOU,
    destinationImageName: 'packer',
    encrypted: true,
    KMSKeyId: KeyId,
  });
  const mappings = (await alice.seesImage(encrypted))!['DiskDeviceMappings'] as {
    DiskDeviceMapping: { Encrypted: boolean }[];
  };
  assert.equal(mappings.DiskDeviceMapping[0]!.Encrypted, true);
  const launched = await alice.run(encrypted);
  assert.equal((await describedDisk(alice, launched.diskIds[0]!)).KMSKeyId, KeyId);
  assert.deepEqual(await life.read(launched.diskIds[0]!, 0, content.length), content);

  // And its instance with an encrypted data disk.
  const { body } = await alice.ecs.createInstance(
    new sdk.CreateInstanceRequest({
      ...(await alice.network(HANGZHOU)),
      imageId: encrypted,
      instanceType: 'ecs.g6.large',
      dataDisk: [new sdk.CreateInstanceRequestDataDisk({ size: 20, encrypted: true })],
    }),
  );
  await life.settled();
  const disks = await alice.disksOf(body!.instanceId!);
  const data = await describedDisk(alice, disks[1]!);
  assert.equal(data.encrypted, true);
  const secret = incompressible(MIB);
  await life.write(disks[1]!, 0, secret);
  assert.deepEqual(await life.read(disks[1]!, 0, MIB), secret);
  assert.deepEqual(filesWith(life, secret), []);
});

test('bjd_h5l: a copy under another key, and what a receiver made, need the first key no more', async () => {
  await using life = await createLifeWorld();
  const [alice, bob] = [await life.tenant('alice'), await life.tenant('bob')];
  const kms = kmsClient(life.world, alice);
  const { KeyId: first } = await createKey(kms);
  const { KeyId: second } = await createKey(kms);
  const content = contentOf('a system');
  const { diskIds } = await alice.run(await life.image(content), { systemDisk: encryptedSystem(first) });
  const secret = incompressible(MIB);
  await life.write(diskIds[0]!, 4 * MIB, secret);
  const snapshotId = await alice.snapshot(diskIds[0]!);
  const imageId = await alice.createImage({ snapshotId });
  const inPlace = { imageId, destinationRegionId: HANGZHOU, encrypted: true };
  const copy = await alice.copyImage({ ...inPlace, KMSKeyId: second });
  const zone = { regionId: HANGZHOU, zoneId: 'cn-hangzhou-h', size: 20 };
  const { body } = await alice.ecs.createDisk(
    new sdk.CreateDiskRequest({ ...zone, snapshotId, encrypted: true, KMSKeyId: second }),
  );
  await alice.share(imageId, bob);
  const received = await bob.run(imageId);
  assert.notEqual((await describedDisk(bob, received.diskIds[0]!)).KMSKeyId, first);

  await kms('DisableKey', { KeyId: first });
  const stillThere = [(await alice.run(copy)).diskIds[0]!, body!.diskId!, received.diskIds[0]!];
  for (const id of stillThere) {
    assert.deepEqual(await life.read(id, 0, content.length), content);
    assert.deepEqual(await life.read(id, 4 * MIB, MIB), secret);
  }
  await life.refuses('InvalidParameter.KMSKeyId.CMKNotEnabled', 403, () => bob.run(imageId));
  await life.refuses('InvalidParameter.KMSKeyId.CMKNotEnabled', 403, () => alice.run(imageId));
  assert.deepEqual(filesWith(life, secret), []);
});

test('bjd_h5l: a disabled key stops the start and changes nothing; enabled again, all is there', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const kms = kmsClient(life.world, alice);
  const { KeyId } = await createKey(kms);
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('a system')), {
    systemDisk: encryptedSystem(KeyId),
  });
  const secret = incompressible(MIB);
  await life.write(diskIds[0]!, 4 * MIB, secret);
  await alice.stop(instanceId);

  const start = () => alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
  await kms('DisableKey', { KeyId });
  await life.refuses('InvalidParameter.KMSKeyId.KMSUnauthorized', 403, start);
  await life.refuses('InvalidParameter.KMSKeyId.CMKNotEnabled', 403, () => alice.snapshot(diskIds[0]!));
  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  await life.refuses('InvalidParameter.KMSKeyId.KMSUnauthorized', 403, start);

  await kms('CancelKeyDeletion', { KeyId });
  await start();
  await life.settled();
  assert.equal(await statusOf(alice, instanceId), 'Running');
  assert.deepEqual(await life.read(diskIds[0]!, 4 * MIB, MIB), secret);
});
