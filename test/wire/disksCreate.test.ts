import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, ZONE, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

type Wanted = ConstructorParameters<typeof sdk.CreateDiskRequest>[0];

async function create(of: Wanted = {}): Promise<string> {
  const { body } = await alice.ecs.createDisk(new sdk.CreateDiskRequest({ regionId: REGION, zoneId: ZONE, ...of }));
  return body!.diskId!;
}

async function describe(query: ConstructorParameters<typeof sdk.DescribeDisksRequest>[0] = {}, of: Launcher = alice) {
  const { body } = await of.ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId: REGION, ...query }));
  return body!;
}

const remove = (diskId: string) => alice.ecs.deleteDisk(new sdk.DeleteDiskRequest({ diskId }));

test('an empty disk, shown with everything that clients read', async () => {
  const id = await create({
    size: 30,
    diskName: 'data',
    description: 'for data',
    diskCategory: 'cloud_essd',
    performanceLevel: 'PL0',
    resourceGroupId: 'rg-web',
    encrypted: false,
    tag: [new sdk.CreateDiskRequestTag({ key: 'use', value: 'web' })],
  });
  await world.world.settled();
  const body = await describe({ diskIds: JSON.stringify([id]) });
  const { CreationTime, ...shown } = body.disks!.disk![0]!.toMap() as Record<string, unknown>;
  assert.match(String(CreationTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(shown, {
    DiskId: id,
    DiskName: 'data',
    Description: 'for data',
    RegionId: REGION,
    ZoneId: ZONE,
    Type: 'data',
    Category: 'cloud_essd',
    PerformanceLevel: 'PL0',
    Size: 30,
    Status: 'Available',
    InstanceId: '',
    Device: '',
    SerialNumber: id.slice(2),
    ImageId: '',
    SourceSnapshotId: '',
    ProductCode: '',
    Portable: true,
    DeleteWithInstance: false,
    DeleteAutoSnapshot: true,
    EnableAutoSnapshot: true,
    EnableAutomatedSnapshotPolicy: false,
    AutoSnapshotPolicyId: '',
    Encrypted: false,
    KMSKeyId: '',
    DiskChargeType: 'PostPaid',
    ExpiredTime: '',
    AttachedTime: '',
    DetachedTime: '',
    ResourceGroupId: 'rg-web',
    MultiAttach: 'Disabled',
    BurstingEnabled: false,
    ProvisionedIops: 0,
    StorageSetId: '',
    StorageClusterId: '',
    MountInstanceNum: 0,
    MountInstances: { MountInstance: [] },
    Attachments: { Attachment: [] },
    OperationLocks: { OperationLock: [] },
    Tags: { Tag: [{ TagKey: 'use', TagValue: 'web' }] },
  });
  const { volumeId } = (await world.row('disks', id))!;
  assert.equal(world.world.plane.disks.get(volumeId)!.content, '');
});

test('a disk of a snapshot holds what it holds, and is at least as large', async () => {
  const snapshotId = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 40 });
  const [same, larger, smaller] = await Promise.all([
    create({ snapshotId }),
    create({ snapshotId, size: 50 }),
    create({ snapshotId, size: 20 }),
  ]);
  const ofSystem = await create({ snapshotId: await world.snapshot(alice, {}), diskCategory: 'cloud_ssd' });
  await world.world.settled();
  const rows = await Promise.all([same, larger, smaller, ofSystem].map((id) => world.row('disks', id)));
  assert.deepEqual(
    rows.map((row) => [row!.sizeGib, row!.category, row!.type]),
    [
      [40, 'cloud', 'data'],
      [50, 'cloud', 'data'],
      [40, 'cloud', 'data'],
      [20, 'cloud_ssd', 'data'],
    ],
  );
  assert.equal(rows[0]!.sourceSnapshotId, snapshotId);
  assert.equal(world.world.plane.disks.get(rows[0]!.volumeId)!.content, `content of ${snapshotId}`);
});

test('CreateDisk refuses', async () => {
  const bob = await world.launcher();
  const { id: instanceId } = await alice.running();
  const foreign = await world.snapshot(bob);
  const unfinished = await world.snapshot(alice, { status: 'progressing' });
  const elsewhere = await world.snapshot(alice, { regionId: 'cn-beijing' });
  const licensed = await world.snapshot(alice, { productCode: 'cmjj' });
  const large = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 3000 });
  const size = 40;
  const cases: [what: string, of: Wanted, code: string, status: number][] = [
    ['no zone', { size, zoneId: undefined }, 'InvalidParam.ZoneIdAndInstanceId.Conflict', 403],
    ['zone and instance', { size, instanceId }, 'InvalidParam.ZoneIdAndInstanceId.Conflict', 403],
    ['an unknown instance', { size, zoneId: undefined, instanceId: 'i-none' }, 'InvalidInstanceId.NotFound', 404],
    ['an instance paid by use', { size, zoneId: undefined, instanceId }, 'ChargeTypeViolation', 403],
    ['an unknown zone', { size, zoneId: 'cn-hangzhou-z' }, 'InvalidZoneId.NotFound', 404],
    ['an unknown region', { size, regionId: 'cn-nowhere' }, 'InvalidRegionId.NotFound', 404],
    ['no size', {}, 'MissingParameter', 400],
    ['too small', { size: 4 }, 'InvalidDataDiskSize.ValueNotSupported', 403],
    ['too large', { size: 2001 }, 'InvalidDataDiskSize.ValueNotSupported', 403],
    ['a snapshot too large', { snapshotId: large }, 'InvalidDataDiskSize.ValueNotSupported', 403],
    ['an unknown category', { size, diskCategory: 'tape' }, 'InvalidDataDiskCategory.NotSupported', 400],
    [
      'an unknown level',
      { size, diskCategory: 'cloud_essd', performanceLevel: 'PL9' },
      'InvalidPerformanceLevel.Malformed',
      400,
    ],
    [
      'small for its level',
      { size, diskCategory: 'cloud_essd', performanceLevel: 'PL2' },
      'OperationDenied.PerformanceLevelNotMatch',
      403,
    ],
    ['a bad name', { size, diskName: '1' }, 'InvalidDiskName.Malformed', 400],
    ['a bad description', { size, description: 'x' }, 'InvalidDescription.Malformed', 400],
    ['a bad resource group', { size, resourceGroupId: 'x' }, 'InvalidResourceGroup.NotFound', 404],
    ['an unknown key', { size, encrypted: true, KMSKeyId: 'k' }, 'InvalidParameter.KMSKeyId.NotFound', 404],
    ['a key for an open disk', { size, KMSKeyId: 'k' }, 'InvalidParameter.EncryptedIllegal', 400],
    ['for many instances', { size, multiAttach: 'Enabled', diskCategory: 'cloud_essd' }, 'UnsupportedParameter', 400],
    ['bursting', { size, burstingEnabled: true }, 'UnsupportedParameter', 400],
    ['an unknown snapshot', { snapshotId: 's-none' }, 'InvalidSnapshotId.NotFound', 404],
    ["another account's", { snapshotId: foreign }, 'InvalidSnapshotId.NotFound', 404],
    ["another region's", { snapshotId: elsewhere }, 'InvalidSnapshotId.NotFound', 404],
    ['an unfinished one', { snapshotId: unfinished }, 'InvalidSnapshot.NotReady', 403],
    ['a licensed system', { snapshotId: licensed }, 'InvalidSnapshotId.NotDataDiskSnapshot', 403],
    [
      'an ephemeral disk of a snapshot',
      { snapshotId: large, diskCategory: 'elastic_ephemeral_disk_standard' },
      'OperationDenied.SnapshotNotAllowed',
      403,
    ],
    [
      'a bad tag',
      { size, tag: [new sdk.CreateDiskRequestTag({ key: 'acs:x', value: '' })] },
      'InvalidTagKey.Malformed',
      400,
    ],
  ];
  for (const [what, of, code, status] of cases) {
    await world
      .refuses(code, status, () => create(of))
      .catch((error: unknown) => {
        throw new Error(what, { cause: error });
      });
  }
});

test('DescribeDisks: filters, pages and what they refuse', async () => {
  const carol = await world.launcher();
  const snapshotId = await world.snapshot(carol, { sourceDiskType: 'data' });
  const { id: instanceId, diskIds } = await carol.running();
  const [system] = diskIds;
  const plain = await world.disk(carol, { name: 'plain', category: 'cloud_ssd', zoneId: 'cn-hangzhou-b', portable: 0 });
  const made = await world.disk(carol, {
    sourceSnapshotId: snapshotId,
    resourceGroupId: 'rg-a',
    autoSnapshotPolicyId: 'sp-1',
  });
  await carol.ecs.tagResources(
    new sdk.TagResourcesRequest({
      regionId: REGION,
      resourceType: 'disk',
      resourceId: [plain],
      tag: [new sdk.TagResourcesRequestTag({ key: 'use', value: 'web' })],
    }),
  );
  const all = [system!, plain, made];
  const cases: [query: Parameters<typeof describe>[0], expected: string[]][] = [
    [{}, all],
    [{ regionId: 'cn-beijing' }, []],
    [{ diskIds: JSON.stringify([plain, 'd-none']) }, [plain]],
    [{ instanceId }, [system!]],
    [{ instanceId, diskType: 'data' }, []],
    [{ diskType: 'system' }, [system!]],
    [{ diskType: 'all', category: 'all', status: 'All' }, all],
    [{ category: 'cloud_ssd' }, [plain]],
    [{ category: 'local_ssd_pro' }, []],
    [{ status: 'In_use' }, [system!]],
    [{ status: 'Available' }, [plain, made]],
    [{ diskName: 'pl*' }, [plain]],
    [{ zoneId: 'cn-hangzhou-b' }, [plain]],
    [{ snapshotId }, [made]],
    [{ autoSnapshotPolicyId: 'sp-1' }, [made]],
    [{ enableAutomatedSnapshotPolicy: false }, [system!, plain]],
    [{ enableAutomatedSnapshotPolicy: true }, [made]],
    [{ portable: true }, [made]],
    [{ deleteWithInstance: true }, [system!]],
    [{ deleteAutoSnapshot: true, enableAutoSnapshot: true }, all],
    [{ diskChargeType: 'PrePaid' }, []],
    [{ encrypted: true }, []],
    [{ encrypted: false }, all],
    [{ KMSKeyId: 'k' }, []],
    [{ multiAttach: 'Enabled' }, []],
    [{ multiAttach: 'Disabled', enableShared: false }, all],
    [{ lockReason: 'financial' }, []],
    [{ resourceGroupId: 'rg-a' }, [made]],
    [{ tag: [new sdk.DescribeDisksRequestTag({ key: 'use', value: 'web' })] }, [plain]],
    [{ filter: [new sdk.DescribeDisksRequestFilter({ key: 'CreationStartTime', value: '2099-01-01T00:00Z' })] }, []],
  ];
  for (const [query, expected] of cases) {
    const found = (await describe(query, carol)).disks!.disk!.map(({ diskId }) => diskId!);
    assert.deepEqual(found.sort(), [...expected].sort(), JSON.stringify(query));
  }
  const page = await describe({ pageNumber: 2, pageSize: 2 }, carol);
  assert.partialDeepStrictEqual(page, { totalCount: 3, pageNumber: 2, pageSize: 2, nextToken: '' });
  assert.equal(page.disks!.disk!.length, 1);
  const first = await describe({ pageSize: 2 }, carol);
  const rest = await describe({ nextToken: first.nextToken!, maxResults: 500 }, carol);
  assert.deepEqual(
    rest.disks!.disk!.map(({ diskId }) => diskId),
    page.disks!.disk!.map(({ diskId }) => diskId),
  );

  const refused: [query: Parameters<typeof describe>[0], code: string, status: number][] = [
    [{ diskIds: 'd-1' }, 'InvalidParameter.DiskIds', 400],
    [{ diskIds: JSON.stringify(Array(101).fill('d-1')) }, 'InvalidDiskIds.Malformed', 403],
    [{ diskType: 'other' }, 'InvalidDiskType.ValueNotSupported', 400],
    [{ category: 'tape' }, 'InvalidCategory.ValueNotSupported', 400],
    [{ status: 'in_use' }, 'InvalidStatus.ValueNotSupported', 400],
    [{ zoneId: 'cn-hangzhou-z' }, 'InvalidZoneId.NotFound', 400],
    [{ diskChargeType: 'Free' }, 'InvalidDiskChargeType.NotFound', 404],
    [{ lockReason: 'other' }, 'InvalidLockReason.NotFound', 404],
    [{ multiAttach: 'Maybe' }, 'InvalidParameter.MultiAttach', 403],
    [{ pageSize: 101 }, 'InvalidParameter', 400],
    [{ filter: [new sdk.DescribeDisksRequestFilter({ key: 'Color' })] }, 'InvalidFilterKey.NotFound', 404],
  ];
  for (const [query, code, status] of refused) await world.refuses(code, status, () => describe(query, carol));
});

test('DeleteDisk: available ones go with volume, tags and automatic snapshots; missing ones are gone already', async () => {
  const id = await create({ size: 20 });
  await world.world.settled();
  const { volumeId } = (await world.row('disks', id))!;
  const manual = await world.snapshot(alice, { sourceDiskId: id, sourceDiskType: 'data' });
  const automatic = await world.snapshot(alice, { sourceDiskId: id, sourceDiskType: 'data', type: 'auto' });
  await remove(id);
  await world.world.settled();
  assert.equal(await world.row('disks', id), undefined);
  assert.equal(world.world.plane.disks.has(volumeId), false);
  assert.ok(await world.row('snapshots', manual));
  assert.equal(await world.row('snapshots', automatic), undefined);
  await remove(id);
  const bob = await world.launcher();
  const foreign = await world.disk(bob);
  await remove(foreign);
  assert.ok(await world.row('disks', foreign), "another account's disk stays");
});

test('DeleteDisk refuses disks in use, in the making and with a snapshot in progress', async () => {
  const id = await world.disk(alice);
  const states: [status: 'In_use' | 'Creating' | 'Attaching' | 'Detaching' | 'ReIniting', code: string][] = [
    ['In_use', 'DiskStillAttached'],
    ['Creating', 'IncorrectDiskStatus.Initializing'],
    ['Attaching', 'IncorrectDiskStatus'],
    ['Detaching', 'IncorrectDiskStatus'],
    ['ReIniting', 'IncorrectDiskStatus'],
  ];
  for (const [status, code] of states) {
    await world.change('disks', id, { status });
    await world.refuses(code, 403, () => remove(id));
  }
  await world.change('disks', id, { status: 'Available' });
  await world.snapshot(alice, { sourceDiskId: id, status: 'progressing' });
  await world.refuses('DiskCreatingSnapshot', 403, () => remove(id));
});
