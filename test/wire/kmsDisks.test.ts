import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, ZONE, type Launcher } from './instanceWorld.ts';
import { describeKey, kmsClient, makeKey, refusesKms, type KmsClient } from './kmsClient.ts';

const DAY_MS = 86_400_000;
const BEIJING = 'cn-beijing';
const world = await createInstanceWorld();
after(() => world[Symbol.asyncDispose]());

type Wish = NonNullable<ConstructorParameters<typeof sdk.CreateDiskRequest>[0]>;

const createDisk = async ({ ecs }: Launcher, wish: Wish = {}): Promise<string> => {
  const { body } = await ecs.createDisk(new sdk.CreateDiskRequest({ regionId: REGION, zoneId: ZONE, ...wish }));
  await world.world.settled();
  return body!.diskId!;
};

/** What a disk is encrypted under, as it is described: '' for nothing. */
async function keyOfDisk({ ecs }: Launcher, diskId: string, regionId = REGION): Promise<string> {
  const diskIds = JSON.stringify([diskId]);
  const { body } = await ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, diskIds }));
  const [disk] = body!.disks!.disk!;
  assert.equal(disk!.encrypted, disk!.KMSKeyId !== '');
  return disk!.KMSKeyId!;
}

/** The same of each disk of an image; described is only whether it is encrypted. */
async function keysOfImage({ ecs }: Launcher, imageId: string, regionId = REGION): Promise<string[]> {
  const { body } = await ecs.describeImages(new sdk.DescribeImagesRequest({ regionId, imageId }));
  const [image] = body!.images!.image!;
  assert.ok(image, imageId);
  const rows = await Promise.all((await world.snapshotsOf(imageId)).map((id) => world.row('snapshots', id)));
  assert.deepEqual(
    image.diskDeviceMappings!.diskDeviceMapping!.map(({ encrypted }) => encrypted),
    rows.map((row) => row!.encrypted === 1),
  );
  return rows.map((row) => row!.kmsKeyId ?? '');
}

const copy = async (
  { ecs }: Launcher,
  imageId: string,
  of: { to?: string; encrypted?: boolean; KMSKeyId?: string; dryRun?: boolean },
) => {
  const { to = REGION, ...rest } = of;
  const request = { regionId: REGION, imageId, destinationRegionId: to, ...rest };
  const { body } = await ecs.copyImage(new sdk.CopyImageRequest(request));
  await world.world.settled();
  return body!.imageId!;
};

const serviceKeyOf = (kms: KmsClient, region: { RegionId?: string } = {}) =>
  kms('DescribeKey', { KeyId: 'alias/acs/ecs', ...region }).then(
    ({ KeyMetadata }) => KeyMetadata,
    () => null,
  );

test('the service key is made by itself, once for an account and region', async () => {
  const alice = await world.launcher();
  const kms = kmsClient(world.world, alice);
  assert.equal(await serviceKeyOf(kms), null);
  await world.refuses('InvalidDataDiskSize.ValueNotSupported', 403, () =>
    createDisk(alice, { size: 4, encrypted: true }),
  );
  await world.refuses('DryRunOperation', 400, () => copy(alice, alice.imageId, { encrypted: true, dryRun: true }));
  assert.equal(await serviceKeyOf(kms), null);

  const diskId = await createDisk(alice, { size: 40, encrypted: true });
  const key = await serviceKeyOf(kms);
  assert.deepEqual([key!.Creator, key!.KeyState], ['ecs', 'Enabled']);
  assert.equal(await keyOfDisk(alice, diskId), key!.KeyId);
  assert.equal(await keyOfDisk(alice, await createDisk(alice, { size: 40, encrypted: true })), key!.KeyId);
  assert.equal(
    await keyOfDisk(alice, await createDisk(alice, { size: 40, encrypted: true, KMSKeyId: key!.KeyId })),
    key!.KeyId,
  );
  assert.equal(await keyOfDisk(alice, await createDisk(alice, { size: 40, encrypted: false })), '');
  assert.equal((await kms('ListKeys')).TotalCount, 1);

  assert.equal(await serviceKeyOf(kms, { RegionId: BEIJING }), null);
  await createDisk(alice, { regionId: BEIJING, zoneId: 'cn-beijing-h', size: 40, encrypted: true });
  const other = await serviceKeyOf(kms, { RegionId: BEIJING });
  assert.ok(other && other.KeyId !== key!.KeyId);

  // The account's, but ECS's to use.
  const { KeyId, Arn } = key!;
  for (const [action, parameters] of [
    ['DisableKey', { KeyId }],
    ['EnableKey', { KeyId }],
    ['ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }],
    ['UpdateKeyDescription', { KeyId, Description: 'mine' }],
    ['SetDeletionProtection', { ProtectedResourceArn: Arn, EnableDeletionProtection: true }],
    ['CreateAlias', { KeyId, AliasName: 'alias/mine' }],
    ['TagResource', { KeyId, Tags: '[]' }],
    ['Encrypt', { KeyId, Plaintext: 'aGVsbG8=' }],
    ['GenerateDataKey', { KeyId: 'alias/acs/ecs' }],
  ] as const) {
    await refusesKms(world.world, 'Forbidden.NoPermission', 403, () => kms(action, parameters));
  }
});

test('disks of an own key, of the region and the account alone', async () => {
  const alice = await world.launcher();
  const bob = await world.launcher();
  const KMSKeyId = await makeKey(world.world, alice);
  const diskId = await createDisk(alice, { size: 40, encrypted: true, KMSKeyId });
  assert.equal(await keyOfDisk(alice, diskId), KMSKeyId);
  const filtered = async (filter: object) => {
    const { body } = await alice.ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId: REGION, ...filter }));
    return body!.disks!.disk!.map((disk) => disk.diskId);
  };
  await createDisk(alice, { size: 40 });
  assert.deepEqual(await filtered({ encrypted: true }), [diskId]);
  assert.deepEqual(await filtered({ KMSKeyId }), [diskId]);
  assert.deepEqual(await filtered({ KMSKeyId: 'other' }), []);

  const foreign = await makeKey(world.world, bob);
  const elsewhere = await makeKey(world.world, alice, { regionId: BEIJING });
  const disabled = await makeKey(world.world, alice, { isEnabled: false });
  const encrypted = { size: 40, encrypted: true };
  const cases: [string, number, Wish][] = [
    ['InvalidParameter.KMSKeyId.NotFound', 404, { ...encrypted, KMSKeyId: foreign }],
    ['InvalidParameter.KMSKeyId.NotFound', 404, { ...encrypted, KMSKeyId: elsewhere }],
    ['InvalidParameter.KMSKeyId.NotFound', 404, { ...encrypted, KMSKeyId: 'alias/acs/ecs' }],
    ['InvalidParameter.KMSKeyId.CMKNotEnabled', 403, { ...encrypted, KMSKeyId: disabled }],
    ['InvalidParameter.EncryptedIllegal', 400, { size: 40, KMSKeyId }],
    ['InvalidParameter.EncryptedIllegal', 400, { size: 40, encrypted: false, KMSKeyId }],
    [
      'InvalidParameter.EncryptedNotSupported',
      400,
      { ...encrypted, size: 64, diskCategory: 'elastic_ephemeral_disk_standard' },
    ],
    ['UnsupportedParameter', 400, { ...encrypted, encryptAlgorithm: 'sm4-128' }],
  ];
  for (const [code, status, wish] of cases) await world.refuses(code, status, () => createDisk(alice, wish));
});

test('snapshots and images keep the key; what is made of them may change it, never lose it', async () => {
  const alice = await world.launcher();
  const kms = kmsClient(world.world, alice);
  const KMSKeyId = await makeKey(world.world, alice);
  const system = new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', KMSKeyId });
  const { id, diskIds } = await alice.running({
    systemDisk: system,
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20 })],
  });
  const { body } = await alice.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId: diskIds[0]! }));
  await world.world.settled();
  const snapshotId = body!.snapshotId!;
  for (const filter of [{ encrypted: true }, { KMSKeyId }]) {
    const request = new sdk.DescribeSnapshotsRequest({ regionId: REGION, ...filter });
    const { body: shown } = await alice.ecs.describeSnapshots(request);
    const snapshots = shown!.snapshots!.snapshot!.map((row) => [row.snapshotId, row.encrypted, row.KMSKeyId]);
    assert.deepEqual(snapshots, [[snapshotId, true, KMSKeyId]]);
  }

  assert.equal(await keyOfDisk(alice, await createDisk(alice, { snapshotId })), KMSKeyId);
  assert.equal(await keyOfDisk(alice, await createDisk(alice, { snapshotId, encrypted: true })), KMSKeyId);
  const second = await makeKey(world.world, alice);
  const changed = await createDisk(alice, { snapshotId, encrypted: true, KMSKeyId: second });
  assert.equal(await keyOfDisk(alice, changed), second);
  await world.refuses('InvalidEncrypted.NotMatchSnapshot', 403, () =>
    createDisk(alice, { snapshotId, encrypted: false }),
  );

  const made = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, instanceId: id }));
  await world.world.settled();
  const imageId = made.body!.imageId!;
  assert.deepEqual(await keysOfImage(alice, imageId), [KMSKeyId, '']);
  assert.deepEqual(await keysOfImage(alice, await copy(alice, imageId, {})), [KMSKeyId, '']);
  const ofSnapshot = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, snapshotId }));
  await world.world.settled();
  assert.deepEqual(await keysOfImage(alice, ofSnapshot.body!.imageId!), [KMSKeyId]);

  const launched = await alice.running({ imageId });
  assert.deepEqual(await Promise.all(launched.diskIds.map((disk) => keyOfDisk(alice, disk))), [KMSKeyId, '']);
  await world.refuses('InvalidParameter.EncryptedIllegal', 400, () =>
    alice.run({ imageId, systemDisk: new sdk.RunInstancesRequestSystemDisk({ encrypted: 'false' }) }),
  );
  assert.equal(await serviceKeyOf(kms), null);

  // A new system disk of a plain image is plain, unless it is asked for.
  await alice.ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId: id }));
  await world.world.settled();
  const replaced = async (of: object) => {
    const request = new sdk.ReplaceSystemDiskRequest({ instanceId: id, imageId: alice.imageId, ...of });
    const { body: disk } = await alice.ecs.replaceSystemDisk(request);
    await world.world.settled();
    return keyOfDisk(alice, disk!.diskId!);
  };
  assert.equal(await replaced({}), '');
  assert.equal(await replaced({ encrypted: true, KMSKeyId: second }), second);
  assert.equal(await replaced({ imageId: ofSnapshot.body!.imageId! }), KMSKeyId);
});

test('copies of images', async () => {
  const alice = await world.launcher();
  const kms = kmsClient(world.world, alice);
  const KMSKeyId = await makeKey(world.world, alice);
  const beijing = await makeKey(world.world, alice, { regionId: BEIJING });
  const encrypted = await copy(alice, alice.imageId, { encrypted: true, KMSKeyId });
  assert.deepEqual(await keysOfImage(alice, encrypted), [KMSKeyId]);
  const service = await copy(alice, alice.imageId, { encrypted: true });
  const { KeyId } = (await serviceKeyOf(kms))!;
  assert.deepEqual(await keysOfImage(alice, service), [KeyId]);
  assert.deepEqual(await keysOfImage(alice, await copy(alice, encrypted, { encrypted: true })), [KMSKeyId]);

  // In another region it is that region's key.
  const named = await copy(alice, encrypted, { to: BEIJING, encrypted: true, KMSKeyId: beijing });
  assert.deepEqual(await keysOfImage(alice, named, BEIJING), [beijing]);
  const unnamed = await copy(alice, encrypted, { to: BEIJING });
  const other = (await serviceKeyOf(kms, { RegionId: BEIJING }))!;
  assert.deepEqual(await keysOfImage(alice, unnamed, BEIJING), [other.KeyId]);

  const cases: [string, number, string, Parameters<typeof copy>[2]][] = [
    ['OperationDeined.EncryptedSnapshot', 403, encrypted, { encrypted: false }],
    ['OperationDenied.EncryptSnapshotAcrossRegion', 403, alice.imageId, { to: BEIJING, encrypted: true }],
    ['InvalidEncrypted.NotMatchKmsKeyId', 400, encrypted, { KMSKeyId }],
    ['InvalidParameter.KMSKeyId.NotFound', 404, encrypted, { to: BEIJING, encrypted: true, KMSKeyId }],
    ['InvalidParameter.KMSKeyId.NotFound', 404, encrypted, { encrypted: true, KMSKeyId: beijing }],
  ];
  for (const [code, status, imageId, of] of cases) await world.refuses(code, status, () => copy(alice, imageId, of));
});

test('a key that is not Enabled stops what would use it, and nothing else', async () => {
  const alice = await world.launcher();
  const { ecs } = alice;
  const kms = kmsClient(world.world, alice);
  const KeyId = await makeKey(world.world, alice);
  const systemDisk = new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', KMSKeyId: KeyId });
  const { id: running, diskIds } = await alice.running({ systemDisk });
  const { id: stopped, diskIds: others } = await alice.stopped({ systemDisk });
  const free = await createDisk(alice, { size: 40, encrypted: true, KMSKeyId: KeyId });
  const snapshotOf = async (diskId: string) => {
    const { body } = await ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId }));
    await world.world.settled();
    return body!.snapshotId!;
  };
  const diskId = others[0]!;
  const snapshotId = await snapshotOf(diskId);
  const made = await ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, snapshotId }));
  await world.world.settled();
  const imageId = made.body!.imageId!;
  const bob = await world.party();

  const off = 'InvalidParameter.KMSKeyId.CMKNotEnabled';
  const gone = 'InvalidParameter.KMSKeyId.NotFound';
  const unauthorised = 'InvalidParameter.KMSKeyId.KMSUnauthorized';
  /** Code while the key is there, code and status once it is gone. */
  const uses: [() => Promise<unknown>, string, string, number][] = [
    [() => ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: stopped })), unauthorised, gone, 403],
    [() => ecs.rebootInstance(new sdk.RebootInstanceRequest({ instanceId: running })), unauthorised, gone, 403],
    [
      () => ecs.startInstances(new sdk.StartInstancesRequest({ regionId: REGION, instanceId: [stopped] })),
      unauthorised,
      gone,
      403,
    ],
    [() => ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId: running, diskId: free })), off, off, 403],
    [() => createDisk(alice, { snapshotId }), off, gone, 404],
    [() => snapshotOf(diskIds[0]!), off, gone, 400],
    [() => ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, instanceId: running })), off, off, 403],
    [() => ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, snapshotId })), off, off, 403],
    [() => copy(alice, imageId, {}), off, gone, 404],
    [() => ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId })), off, gone, 404],
    [() => ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId })), off, off, 403],
    [() => ecs.resizeDisk(new sdk.ResizeDiskRequest({ diskId: free, newSize: 60 })), off, off, 403],
    [() => alice.run({ imageId }), off, gone, 404],
    [() => alice.run({ systemDisk }), off, gone, 404],
    [
      () => ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId: stopped, imageId })),
      unauthorised,
      unauthorised,
      403,
    ],
    [
      () =>
        ecs.modifyImageSharePermission(
          new sdk.ModifyImageSharePermissionRequest({ regionId: REGION, imageId, addAccount: [bob.accountId] }),
        ),
      off,
      off,
      403,
    ],
  ];
  await kms('DisableKey', { KeyId });
  for (const [use, code] of uses) await world.refuses(code, 403, use);

  // Detaching, stopping and letting go need no key.
  const spare = await createDisk(alice, { size: 40, encrypted: true });
  await ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId: running, diskId: spare }));
  await ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId: running }));
  await world.world.settled();
  await world.refuses(unauthorised, 403, () =>
    ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: running })),
  );

  await kms('EnableKey', { KeyId });
  await ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: running }));
  await world.world.settled();
  assert.equal((await world.instanceOf(alice, running))['Status'], 'Running');

  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  assert.equal((await describeKey(kms, KeyId)).KeyState, 'PendingDeletion');
  for (const [use, code] of uses) await world.refuses(code, 403, use);
  world.world.advance(7 * DAY_MS);
  await world.world.settled();
  for (const [use, code, lost, status] of uses) {
    const isPower = code === unauthorised;
    await world.refuses(isPower ? unauthorised : lost, isPower ? 403 : status, use);
  }
  await ecs.deleteDisk(new sdk.DeleteDiskRequest({ diskId: free }));
  await world.world.settled();
  assert.equal(await world.row('disks', free), undefined);
});

test('an encrypted image is shared under an own key alone, and each works under a key of their own', async () => {
  const alice = await world.launcher();
  const bob = await world.launcher();
  const KeyId = await makeKey(world.world, alice);
  const share = (imageId: string) =>
    alice.ecs.modifyImageSharePermission(
      new sdk.ModifyImageSharePermissionRequest({ regionId: REGION, imageId, addAccount: [bob.accountId] }),
    );
  const service = await copy(alice, alice.imageId, { encrypted: true });
  await world.refuses('InvalidOperation.ServiceKeyEncryptedImageUnsupported', 403, () => share(service));
  const two = await copy(alice, await world.image(alice, {}, [{}]), { encrypted: true, KMSKeyId: KeyId });
  await world.refuses('OperationDeined.FullImage', 403, () => share(two));

  const imageId = await copy(alice, alice.imageId, { encrypted: true, KMSKeyId: KeyId });
  await share(imageId);
  assert.deepEqual(await keysOfImage(bob, imageId), [KeyId]);
  const { diskIds } = await bob.running({ imageId });
  const { KeyId: own } = (await serviceKeyOf(kmsClient(world.world, bob)))!;
  assert.equal(await keyOfDisk(bob, diskIds[0]!), own);
  const named = await makeKey(world.world, bob);
  const { diskIds: disks } = await bob.running({
    imageId,
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', KMSKeyId: named }),
  });
  assert.equal(await keyOfDisk(bob, disks[0]!), named);
  assert.deepEqual(await keysOfImage(bob, await copy(bob, imageId, {})), [own]);
  await world.refuses('InvalidParameter.KMSKeyId.NotFound', 404, () =>
    bob.run({ imageId, systemDisk: new sdk.RunInstancesRequestSystemDisk({ encrypted: 'true', KMSKeyId: KeyId }) }),
  );

  // Without the owner's key nobody opens the image; what was made of it goes on.
  await kmsClient(world.world, alice)('DisableKey', { KeyId });
  for (const use of [() => bob.run({ imageId }), () => copy(bob, imageId, {})]) {
    const { message } = await world.refuses('InvalidParameter.KMSKeyId.CMKNotEnabled', 403, use);
    assert.ok(!message.includes(KeyId), 'the key is no business of theirs');
  }
  const snapshot = await bob.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId: diskIds[0]! }));
  assert.ok(snapshot.body!.snapshotId);
});

test('as clients ask for it: Packer with CreateInstance, Terraform with RunInstances', async () => {
  const alice = await world.launcher();
  const { imageId, vSwitchId, securityGroupId } = alice;
  const { body } = await alice.ecs.createInstance(
    new sdk.CreateInstanceRequest({
      regionId: REGION,
      imageId,
      vSwitchId,
      securityGroupId,
      instanceType: 'ecs.g6.large',
      dataDisk: [new sdk.CreateInstanceRequestDataDisk({ size: 20, encrypted: true })],
    }),
  );
  await world.world.settled();
  const disks = await world.disksOf(alice, body!.instanceId!);
  const { KeyId } = (await serviceKeyOf(kmsClient(world.world, alice)))!;
  assert.deepEqual(
    disks.map((disk) => [disk['Encrypted'], disk['KMSKeyId']]),
    [
      [false, ''],
      [true, KeyId],
    ],
  );
  const { diskIds } = await alice.running({
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ category: 'cloud_essd', encrypted: 'true' }),
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, encrypted: 'true' })],
    amount: 1,
  });
  for (const diskId of diskIds) assert.equal(await keyOfDisk(alice, diskId), KeyId);
});
