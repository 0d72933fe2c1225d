import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const regionId = 'cn-hangzhou';

type Wish = ConstructorParameters<typeof sdk.CreateSnapshotGroupRequest>[0];
type Filter = ConstructorParameters<typeof sdk.DescribeSnapshotGroupsRequest>[0];

const create = async (party: Party, wish: Wish): Promise<string> => {
  const { body } = await party.ecs.createSnapshotGroup(new sdk.CreateSnapshotGroupRequest({ regionId, ...wish }));
  return body!.snapshotGroupId!;
};
const listed = async (party: Party, filter: Filter = {}) => {
  const { body } = await party.ecs.describeSnapshotGroups(
    new sdk.DescribeSnapshotGroupsRequest({ regionId, ...filter }),
  );
  return body!.snapshotGroups!.snapshotGroup!;
};
const remove = async (party: Party, snapshotGroupId: string, of = regionId) => {
  const { body } = await party.ecs.deleteSnapshotGroup(
    new sdk.DeleteSnapshotGroupRequest({ regionId: of, snapshotGroupId }),
  );
  return body!.operationProgressSet!.operationProgress!;
};
const modify = (
  party: Party,
  snapshotGroupId: string,
  change: ConstructorParameters<typeof sdk.ModifySnapshotGroupRequest>[0] = {},
) => party.ecs.modifySnapshotGroup(new sdk.ModifySnapshotGroupRequest({ regionId, snapshotGroupId, ...change }));
const reset = (party: Party, disk: { diskId?: string; snapshotId?: string }[], of = regionId, dryRun = false) =>
  party.ecs.resetDisks(
    new sdk.ResetDisksRequest({ regionId: of, dryRun, disk: disk.map((each) => new sdk.ResetDisksRequestDisk(each)) }),
  );
const tag = (key: string, value: string) => new sdk.CreateSnapshotGroupRequestTag({ key, value });

const contentOf = async (diskId: string) => world.world.plane.disks.get((await world.row('disks', diskId))!.volumeId)!;

test('a group holds all disks of an instance at one moment', async () => {
  const alice = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, {}, [{}, {}]);
  const volumes = await Promise.all(diskIds.map(contentOf));
  const then = volumes.map(({ content }) => content);
  const release = world.world.plane.hold('store');
  const id = await create(alice, {
    instanceId,
    name: 'before-upgrade',
    description: 'all disks',
    resourceGroupId: 'rg-a',
    tag: [tag('team', 'web')],
  });
  assert.match(id, /^ssg-bp1/);
  for (const volume of volumes) volume.content = 'written later';
  const [progressing] = await listed(alice, { status: ['progressing'] });
  assert.deepEqual([progressing!.snapshotGroupId, progressing!.status], [id, 'progressing']);
  release();
  await world.world.settled();

  const [group] = await listed(alice, { instanceId });
  assert.partialDeepStrictEqual(group!.toMap(), {
    SnapshotGroupId: id,
    Name: 'before-upgrade',
    Description: 'all disks',
    Status: 'accomplished',
    InstanceId: instanceId,
    ResourceGroupId: 'rg-a',
    Tags: { Tag: [{ Key: 'team', Value: 'web' }] },
  });
  const members = group!.snapshots!.snapshot!;
  assert.deepEqual(members.map(({ sourceDiskId }) => sourceDiskId).sort(), diskIds.toSorted());
  for (const { sourceDiskId, snapshotId, available, progress } of members) {
    assert.deepEqual([available, progress], [true, '100%']);
    const { root } = (await world.row('snapshots', snapshotId!))!;
    assert.equal(world.world.plane.content(regionId, root), then[diskIds.indexOf(sourceDiskId!)]);
  }
  const frozen = world.world.plane.calls.filter((call) => call.startsWith('freeze'));
  assert.equal(frozen.at(-1)!.split(',').length, 3);

  await modify(alice, id, { name: 'renamed', description: 'kept' });
  const [renamed] = await listed(alice, { snapshotGroupId: [id] });
  assert.deepEqual([renamed!.name, renamed!.description], ['renamed', 'kept']);
});

test('some disks of an instance, or disks of one zone', async () => {
  const alice = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, {}, [{}, {}]);
  const disksOf = async (id: string) =>
    (await listed(alice, { snapshotGroupId: [id] }))[0]!.snapshots!.snapshot!.map((each) => each.sourceDiskId).sort();
  const without = await create(alice, { instanceId, excludeDiskId: [diskIds[0]!] });
  assert.deepEqual(await disksOf(without), diskIds.slice(1).sort());
  await world.world.settled();
  const named = await create(alice, { instanceId, diskId: [diskIds[1]!] });
  assert.deepEqual(await disksOf(named), [diskIds[1]]);
  await world.world.settled();
  const loose = await world.disk(alice);
  const mixed = await create(alice, { diskId: [loose, diskIds[2]!] });
  assert.deepEqual(await disksOf(mixed), [loose, diskIds[2]!].sort());
  assert.equal((await listed(alice, { snapshotGroupId: [mixed] }))[0]!.instanceId, '');
});

test('groups are filtered, walked, and nobody else’s', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const all: string[] = [];
  for (let index = 0; index < 12; index++) {
    const name = `group-${index}`;
    all.push(await create(alice, { diskId: [await world.disk(alice)], name, tag: index ? [] : [tag('a', 'b')] }));
  }
  await world.world.settled();
  const ids = async (filter: Filter) => (await listed(alice, filter)).map(({ snapshotGroupId }) => snapshotGroupId);
  assert.deepEqual(await ids({ name: 'group-3' }), [all[3]]);
  assert.deepEqual(await ids({ snapshotGroupId: [all[1]!, 'ssg-none'] }), [all[1]]);
  assert.deepEqual(await ids({ tag: [new sdk.DescribeSnapshotGroupsRequestTag({ key: 'a' })] }), [all[0]]);
  assert.deepEqual(await ids({ status: ['failed', 'progressing'] }), []);
  assert.deepEqual(await ids({ resourceGroupId: 'rg-none' }), []);
  assert.deepEqual(await ids({ regionId: 'cn-beijing' }), []);
  assert.equal((await ids({ status: ['accomplished'], maxResults: 100 })).length, 12);
  const { body } = await alice.ecs.describeSnapshotGroups(new sdk.DescribeSnapshotGroupsRequest({ regionId }));
  const rest = await ids({ nextToken: body!.nextToken });
  assert.deepEqual(
    [...body!.snapshotGroups!.snapshotGroup!.map(({ snapshotGroupId }) => snapshotGroupId), ...rest].sort(),
    all.toSorted(),
  );
  assert.deepEqual(await listed(bob, { snapshotGroupId: all.slice(0, 3) }), []);
});

test('a group that fails says so', async () => {
  const alice = await world.party();
  const disks = [await world.disk(alice), await world.disk(alice)];
  world.world.plane.failNext('store', new Error('it broke'));
  const id = await create(alice, { diskId: disks });
  await world.world.settled();
  assert.equal((await listed(alice, { status: ['failed'] }))[0]!.snapshotGroupId, id);
});

test('a group goes with its snapshots, but for those that images are made of', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const { id: instanceId } = await world.instance(alice, {}, [{}]);
  const id = await create(alice, { instanceId, tag: [tag('a', 'b')] });
  await world.world.settled();
  const [group] = await listed(alice, { snapshotGroupId: [id] });
  const members = group!.snapshots!.snapshot!;
  const system = members.find(({ sourceDiskType }) => sourceDiskType === 'system')!.snapshotId!;
  const data = members.find(({ sourceDiskType }) => sourceDiskType === 'data')!.snapshotId!;
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId, snapshotId: system }));
  await world.refuses('InvalidSnapshotGroup.NotFound', 404, () => remove(bob, id));
  await world.refuses('InvalidSnapshotGroup.NotFound', 404, () => remove(alice, id, 'cn-beijing'));
  const progress = await remove(alice, id);
  const outcome = new Map(progress.map((each) => [each.relatedItemSet!.relatedItem![0]!.value, each]));
  assert.deepEqual([outcome.get(data)!.operationStatus, outcome.get(data)!.errorCode], ['Success', '']);
  const held = outcome.get(system)!;
  assert.deepEqual([held.operationStatus, held.errorCode], ['Failed', 'SnapshotCreatedImage']);
  assert.match(held.errorMsg!, new RegExp(body!.imageId!));
  assert.deepEqual(await listed(alice, { snapshotGroupId: [id] }), []);
  assert.equal(await world.row('snapshots', data), undefined);
  assert.equal((await world.row('snapshots', system))!.snapshotGroupId, null);
  await world.refuses('InvalidSnapshotGroup.NotFound', 404, () => remove(alice, id));
});

test('deleting a group that is being made ends that', async () => {
  const alice = await world.party();
  const disks = [await world.disk(alice), await world.disk(alice)];
  const release = world.world.plane.hold('store');
  const id = await create(alice, { diskId: disks });
  await remove(alice, id);
  await world.world.settled();
  release();
  const { read } = world.world.parts.database;
  const job = await read.selectFrom('jobs').select('status').where('resourceId', '=', id).executeTakeFirst();
  assert.equal(job!.status, 'cancelled');
  await create(alice, { diskId: disks });
  await world.world.settled();
});

test('several disks are rolled back to the moment of their group, together', async () => {
  const alice = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, { status: 'Stopped' }, [{}]);
  const then = await Promise.all(diskIds.map(async (id) => (await contentOf(id)).content));
  await create(alice, { instanceId });
  await world.world.settled();
  const [group] = await listed(alice, { instanceId });
  const pairs = group!.snapshots!.snapshot!.map((each) => ({
    diskId: each.sourceDiskId!,
    snapshotId: each.snapshotId!,
  }));
  for (const id of diskIds) (await contentOf(id)).content = 'broken by an upgrade';
  await world.refuses('DryRunOperation', 400, () => reset(alice, pairs, regionId, true));
  const { body } = await reset(alice, pairs);
  assert.deepEqual(
    body!.operationProgressSet!.operationProgress!.map(({ operationStatus }) => operationStatus),
    ['Success', 'Success'],
  );
  await world.world.settled();
  for (const [index, id] of diskIds.entries()) assert.equal((await contentOf(id)).content, then[index]);
});

test('roll-backs of several disks that can’t be change none of them', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, { status: 'Stopped' }, [{}]);
  await create(alice, { instanceId });
  await world.world.settled();
  const pairs = (await listed(alice, { instanceId }))[0]!.snapshots!.snapshot!.map((each) => ({
    diskId: each.sourceDiskId!,
    snapshotId: each.snapshotId!,
  }));
  const alone = await world.snapshot(alice, { sourceDiskId: diskIds[0]! });
  const swapped = [
    { diskId: pairs[0]!.diskId, snapshotId: pairs[1]!.snapshotId },
    { diskId: pairs[1]!.diskId, snapshotId: pairs[0]!.snapshotId },
  ];
  const cases: [string, number, () => Promise<unknown>][] = [
    ['MissingDisk', 400, () => reset(alice, [])],
    ['MissingParameter', 400, () => reset(alice, [{ diskId: pairs[0]!.diskId }])],
    ['InvalidRegionId.MalFormed', 400, () => reset(alice, pairs, 'cn-nowhere')],
    ['InvalidDiskId.NotFound', 404, () => reset(alice, pairs, 'cn-beijing')],
    ['InvalidDiskId.NotFound', 404, () => reset(bob, pairs)],
    ['InvalidSnapshotId.NotFound', 404, () => reset(alice, [{ ...pairs[0]!, snapshotId: 's-none' }])],
    ['InvalidParameter.Mismatch', 403, () => reset(alice, swapped)],
    ['InvalidParameter', 400, () => reset(alice, [pairs[0]!, pairs[0]!])],
    [
      'InvalidParameter',
      400,
      () =>
        reset(
          alice,
          Array.from({ length: 11 }, () => pairs[0]!),
        ),
    ],
    ['OperationDenied', 403, () => reset(alice, [{ diskId: diskIds[0]!, snapshotId: alone }])],
  ];
  for (const [code, status, call] of cases) await world.refuses(code, status, call);
  await world.change('instances', instanceId, { status: 'Running' });
  await world.refuses('IncorrectInstanceStatus', 403, () => reset(alice, pairs));
  await world.change('instances', instanceId, { status: 'Stopped' });
  await world.change('disks', pairs[1]!.diskId, { status: 'Detaching' });
  await world.refuses('IncorrectDiskStatus', 403, () => reset(alice, pairs));
});

test('groups that can’t be made', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, {}, [{}]);
  const starting = await world.instance(alice, { status: 'Starting' });
  const other = await world.disk(alice, { zoneId: 'cn-hangzhou-g' });
  const busy = await world.disk(alice);
  await world.snapshot(alice, { sourceDiskId: busy, status: 'progressing' });
  const cases: [string, number, Party, Wish][] = [
    ['MissingRegionId', 400, alice, { regionId: '', instanceId }],
    ['MissingParameter', 400, alice, {}],
    ['InvalidRegionId.NotFound', 404, alice, { regionId: 'cn-nowhere', instanceId }],
    ['InvalidInstanceId.NotFound', 404, alice, { instanceId: 'i-none' }],
    ['InvalidInstanceId.NotFound', 404, alice, { instanceId, regionId: 'cn-beijing' }],
    ['InvalidInstanceId.NotFound', 404, bob, { instanceId }],
    ['InvalidDiskId.NotFound', 404, bob, { diskId: [diskIds[0]!] }],
    ['InvalidDiskId.NotFound', 404, alice, { instanceId, diskId: [other] }],
    ['InvalidDiskId.NotFound', 404, alice, { instanceId, excludeDiskId: [other] }],
    ['InvalidDiskId.NotFound', 404, alice, { diskId: [other], regionId: 'cn-beijing' }],
    ['InvalidParameter', 400, alice, { instanceId, diskId: [diskIds[0]!], excludeDiskId: [diskIds[1]!] }],
    ['InvalidParameter', 400, alice, { instanceId, excludeDiskId: diskIds }],
    ['InvalidParameter', 400, alice, { diskId: [busy], excludeDiskId: [busy] }],
    ['DiskId.ValueNotSupported', 403, alice, { diskId: [diskIds[0]!, other] }],
    ['IncorrectInstanceStatus', 400, alice, { instanceId: starting.id }],
    ['IncorrectInstanceStatus', 400, alice, { diskId: starting.diskIds }],
    ['IncorrectDiskStatus', 403, alice, { diskId: [await world.disk(alice, { status: 'ReIniting' })] }],
    ['IncorrectDiskStatus.NeverAttached', 403, alice, { diskId: [await world.disk(alice, { everAttached: 0 })] }],
    ['IncorrectDiskStatus.CreatingSnapshot', 403, alice, { diskId: [busy] }],
    [
      'DiskCategory.OperationNotSupported',
      400,
      alice,
      { diskId: [await world.disk(alice, { category: 'cloud_efficiency' })] },
    ],
    ['InvalidParameter.Name', 400, alice, { instanceId, name: '1' }],
    ['InvalidDescription.Malformed', 404, alice, { instanceId, description: 'x' }],
    ['InvalidResourceGroup.NotFound', 404, alice, { instanceId, resourceGroupId: 'none' }],
    ['UnsupportedParameter', 400, alice, { instanceId, storageLocationArn: 'arn' }],
    ['Duplicate.TagKey', 400, alice, { instanceId, tag: [tag('k', '1'), tag('k', '2')] }],
    ['InvalidTagKey.Malformed', 400, alice, { instanceId, tag: [tag('aliyun', '1')] }],
    ['InvalidTagValue.Malformed', 400, alice, { instanceId, tag: [tag('k', 'acs:')] }],
  ];
  for (const [code, status, party, wish] of cases) await world.refuses(code, status, () => create(party, wish));
  const { message } = await world.refuses('MissingParameter', 400, () => create(alice, {}));
  assert.match(message, /400, InstanceId or DiskId says of what/);
  const id = await create(alice, { instanceId });
  await world.refuses('InvalidSnapshotGroup.NotFound', 404, () => modify(bob, id, { name: 'mine' }));
  await world.refuses('InvalidParameter.Name', 400, () => modify(alice, id, { name: '1' }));
  await world.refuses('InvalidParameter.Description', 400, () => modify(alice, id, { description: 'x' }));
  await world.refuses('InvalidStatus.ValueNotSupported', 403, () => listed(alice, { status: ['none'] }));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => listed(bob, { instanceId }));
});
