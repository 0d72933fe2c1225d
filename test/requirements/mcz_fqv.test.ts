// mcz_fqv: Aliyun Linux 2 works with KMS-encrypted disks (bjd_h5l).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createKey, kmsClient } from '../wire/kmsClient.ts';
import { filesWith, incompressible } from './atRest.ts';
import { createCatalogueWorld, giveDisk, LINUX_2 } from './catalogue.ts';
import { MIB, type LifeWorld } from './world.ts';

/** An instance of the public Aliyun Linux 2 image on two encrypted disks, with something written to each. */
async function onEncryptedDisks(life: LifeWorld) {
  const alice = await life.tenant('alice');
  const system = incompressible(MIB);
  await giveDisk(life, system, LINUX_2);
  const { KeyId: KMSKeyId } = await createKey(kmsClient(life.world, alice));
  const { instanceId, diskIds } = await alice.run(LINUX_2, {
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', KMSKeyId }),
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, encrypted: 'true', KMSKeyId })],
  });
  const [systemId, dataId] = diskIds as [string, string];
  assert.deepEqual(await life.read(systemId, 0, MIB), system);
  const [onSystem, onData] = [incompressible(MIB), incompressible(MIB)];
  await life.write(systemId, 4 * MIB, onSystem);
  await life.write(dataId, 0, onData);
  return { alice, system, KMSKeyId, instanceId, systemId, dataId, onSystem, onData };
}

test('mcz_fqv: an Aliyun Linux 2 system on encrypted disks makes an image of both, which makes instances', async () => {
  await using life = await createCatalogueWorld();
  const { alice, instanceId, onSystem, onData } = await onEncryptedDisks(life);
  const { diskIds } = await alice.run(await alice.createImage({ instanceId }));
  assert.deepEqual(await life.read(diskIds[0]!, 4 * MIB, MIB), onSystem);
  assert.deepEqual(await life.read(diskIds[1]!, 0, MIB), onData);
  for (const secret of [onSystem, onData]) assert.deepEqual(filesWith(life, secret), []);
});

test('mcz_fqv: its encrypted disks go back to a snapshot, and to how they began; its system disk is replaced', async () => {
  await using life = await createCatalogueWorld();
  const { alice, system, KMSKeyId, instanceId, systemId, dataId, onData } = await onEncryptedDisks(life);
  await alice.stop(instanceId);
  const snapshotId = await alice.snapshot(dataId);
  await life.write(dataId, 0, incompressible(MIB));
  await alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId: dataId, snapshotId }));
  await alice.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId: systemId }));
  await life.settled();
  assert.deepEqual(await life.read(dataId, 0, MIB), onData);
  assert.deepEqual(await life.read(systemId, 0, MIB), system);
  assert.deepEqual(await life.read(systemId, 4 * MIB, MIB), Buffer.alloc(MIB));

  const { body } = await alice.ecs.replaceSystemDisk(
    new sdk.ReplaceSystemDiskRequest({ instanceId, imageId: LINUX_2, encrypted: true, KMSKeyId }),
  );
  await life.settled();
  assert.deepEqual(await life.read(body!.diskId!, 0, MIB), system);
});
