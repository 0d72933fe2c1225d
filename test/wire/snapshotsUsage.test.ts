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

const links = async (party: Party, wish: ConstructorParameters<typeof sdk.DescribeSnapshotLinksRequest>[0] = {}) =>
  (await party.ecs.describeSnapshotLinks(new sdk.DescribeSnapshotLinksRequest({ regionId, ...wish }))).body!;
const usage = async (party: Party, of = regionId) => {
  const { body } = await party.ecs.describeSnapshotsUsage(new sdk.DescribeSnapshotsUsageRequest({ regionId: of }));
  return [body!.snapshotCount, body!.snapshotSize];
};

test('a chain for each disk counts its snapshots and what they hold', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice, { name: 'web' }, [{ name: 'data', sizeGib: 50 }]);
  const of = (diskId: string, snapshotLinkId: string, storedBytes: number) =>
    world.snapshot(alice, { sourceDiskId: diskId, snapshotLinkId, storedBytes, sourceDiskType: 'data' });
  await of(diskIds[1]!, 'sl-1', 1000);
  await of(diskIds[1]!, 'sl-1', 10);
  world.world.advance(1000);
  await of('d-gone', 'sl-2', 5);
  await world.snapshot(alice, { storedBytes: 7, sourceDiskId: null, snapshotLinkId: null });
  await world.snapshot(bob, { storedBytes: 9000, sourceDiskId: 'd-bob', snapshotLinkId: 'sl-bob' });

  const all = await links(alice);
  assert.deepEqual(
    all.snapshotLinks!.snapshotLink!.map((link) => link.toMap()),
    [
      {
        RegionId: regionId,
        SnapshotLinkId: 'sl-2',
        SourceDiskId: 'd-gone',
        SourceDiskName: '',
        SourceDiskSize: 20,
        SourceDiskType: 'data',
        InstanceId: '',
        InstanceName: '',
        Category: 'standard',
        InstantAccess: false,
        TotalCount: 1,
        TotalSize: 5,
      },
      {
        RegionId: regionId,
        SnapshotLinkId: 'sl-1',
        SourceDiskId: diskIds[1],
        SourceDiskName: 'data',
        SourceDiskSize: 50,
        SourceDiskType: 'data',
        InstanceId: instanceId,
        InstanceName: 'web',
        Category: 'standard',
        InstantAccess: false,
        TotalCount: 2,
        TotalSize: 1010,
      },
    ],
  );
  assert.deepEqual([all.totalCount, all.pageNumber, all.pageSize, all.nextToken], [2, 1, 10, '']);
  const ids = async (wish: Parameters<typeof links>[1]) =>
    (await links(alice, wish)).snapshotLinks!.snapshotLink!.map(({ snapshotLinkId }) => snapshotLinkId);
  assert.deepEqual(await ids({ instanceId }), ['sl-1']);
  assert.deepEqual(await ids({ diskIds: '["d-gone"]' }), ['sl-2']);
  assert.deepEqual(await ids({ snapshotLinkIds: '["sl-1","sl-bob"]' }), ['sl-1']);
  assert.deepEqual(await ids({ regionId: 'cn-beijing' }), []);
  assert.deepEqual(await ids({ pageNumber: 2, pageSize: 1 }), ['sl-1']);
  assert.deepEqual((await links(bob)).totalCount, 1);

  assert.deepEqual(await usage(alice), [4, 1022]);
  assert.deepEqual(await usage(bob), [1, 9000]);
  assert.deepEqual(await usage(alice, 'cn-beijing'), [0, 0]);
});

test('chains are walked by token', async () => {
  const alice = await world.party();
  for (let index = 0; index < 23; index++) {
    await world.snapshot(alice, { sourceDiskId: `d-${index}`, snapshotLinkId: `sl-${index}` });
  }
  const met: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await links(alice, { maxResults: 10, nextToken: nextToken || undefined });
    met.push(...page.snapshotLinks!.snapshotLink!.map(({ snapshotLinkId }) => snapshotLinkId!));
    nextToken = page.nextToken;
  } while (nextToken);
  assert.equal(new Set(met).size, 23);
  assert.equal(met.length, 23);
});

test('what makes no sense is refused by its official code', async () => {
  const alice = await world.party();
  await world.refuses('MissingRegionId', 400, () => links(alice, { regionId: '' }));
  await world.refuses('InvalidRegionId', 400, () => links(alice, { regionId: 'cn-nowhere' }));
  await world.refuses('InvalidDiskIds', 400, () => links(alice, { diskIds: 'd-1' }));
  await world.refuses('InvalidSnapshotLinkIds', 400, () => links(alice, { snapshotLinkIds: '{}' }));
  await world.refuses('InvalidParam.RegionId', 403, () => usage(alice, 'cn-nowhere'));
  await world.refuses('MissingRegionId', 400, () => usage(alice, ''));
});
