import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

type Query = ConstructorParameters<typeof sdk.DescribeSnapshotsRequest>[0];

async function describe(party: Party, query: Query = {}) {
  const request = new sdk.DescribeSnapshotsRequest({ regionId: 'cn-hangzhou', ...query });
  return (await party.ecs.describeSnapshots(request)).body!;
}

const found = async (party: Party, query: Query = {}): Promise<string[]> =>
  (await describe(party, query)).snapshots!.snapshot!.map((snapshot) => snapshot.snapshotId!);

test('each filter finds what it names, and nobody else’s', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const { id: instanceId, diskIds } = await world.instance(alice);
  const [diskId] = diskIds;
  const system = await world.snapshot(alice, {
    name: 'web-1',
    sourceDiskId: diskId!,
    snapshotLinkId: 'sl-1',
    resourceGroupId: 'rg-a',
    createdAt: Date.UTC(2026, 0, 1, 12, 0, 30),
  });
  const data = await world.snapshot(alice, { name: 'data', sourceDiskType: 'data', createdAt: Date.UTC(2026, 0, 2) });
  const auto = await world.snapshot(alice, {
    type: 'auto',
    encrypted: 1,
    kmsKeyId: 'key-1',
    createdAt: Date.UTC(2026, 0, 3),
  });
  const failed = await world.snapshot(alice, { status: 'failed', createdAt: Date.UTC(2026, 0, 4) });
  const bobs = await world.snapshot(bob);
  await world.snapshot(alice, { regionId: 'cn-beijing' });
  await world.disk(alice, { sourceSnapshotId: data });
  const all = [failed, auto, data, system];

  assert.deepEqual(await found(alice), all);
  assert.deepEqual(await found(alice, { snapshotIds: JSON.stringify([system, bobs, 's-none']) }), [system]);
  assert.deepEqual(await found(alice, { snapshotIds: '[]' }), []);
  assert.deepEqual(await found(alice, { snapshotName: 'web-1' }), [system]);
  assert.deepEqual(await found(alice, { snapshotName: 'd*' }), [data]);
  assert.deepEqual(await found(alice, { status: 'failed' }), [failed]);
  assert.deepEqual(await found(alice, { status: 'all' }), all);
  assert.deepEqual(await found(alice, { snapshotType: 'auto' }), [auto]);
  assert.deepEqual(await found(alice, { snapshotType: 'timer' }), [auto]);
  assert.deepEqual(await found(alice, { snapshotType: 'all' }), all);
  assert.deepEqual(await found(alice, { sourceDiskType: 'Data' }), [data]);
  assert.deepEqual(await found(alice, { diskId: diskId! }), [system]);
  assert.deepEqual(await found(alice, { instanceId }), [system]);
  assert.deepEqual(await found(alice, { snapshotLinkId: 'sl-1' }), [system]);
  assert.deepEqual(await found(alice, { encrypted: true }), [auto]);
  assert.deepEqual(await found(alice, { encrypted: false }), all);
  assert.deepEqual(await found(alice, { KMSKeyId: 'key-1' }), [auto]);
  assert.deepEqual(await found(alice, { resourceGroupId: 'rg-a' }), [system]);
  assert.deepEqual(await found(alice, { category: 'standard' }), all);
  assert.deepEqual(await found(alice, { category: 'flash' }), []);
  const filter = (key: string, value: string) => ({ filter: [new sdk.DescribeSnapshotsRequestFilter({ key, value })] });
  assert.deepEqual(await found(alice, filter('CreationStartTime', '2026-01-03T00:00Z')), [failed, auto]);
  assert.deepEqual(await found(alice, filter('CreationEndTime', '2026-01-01T12:00Z')), [system]);
});

test('what was made from a snapshot is its usage', async () => {
  const alice = await world.party();
  const [ofImage] = await world.snapshotsOf(await world.image(alice));
  const [ofBoth] = await world.snapshotsOf(await world.image(alice));
  const ofDisk = await world.snapshot(alice);
  const unused = await world.snapshot(alice);
  for (const sourceSnapshotId of [ofBoth!, ofDisk]) await world.disk(alice, { sourceSnapshotId });
  const cases: [string, string][] = [
    ['image', ofImage!],
    ['image_disk', ofBoth!],
    ['disk', ofDisk],
    ['none', unused],
  ];
  for (const [usage, snapshotId] of cases) {
    const { snapshots } = await describe(alice, { usage });
    assert.deepEqual(
      snapshots!.snapshot!.map((snapshot) => [snapshot.snapshotId, snapshot.usage]),
      [[snapshotId, usage]],
    );
  }
});

test('tags narrow', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice);
  await world.snapshot(alice);
  const tag = [new sdk.AddTagsRequestTag({ key: 'team', value: 'web' })];
  await alice.ecs.addTags(
    new sdk.AddTagsRequest({ regionId: 'cn-hangzhou', resourceType: 'snapshot', resourceId: snapshotId, tag }),
  );
  const by = (fields: object) => found(alice, { tag: [new sdk.DescribeSnapshotsRequestTag(fields)] });
  assert.deepEqual(await by({ key: 'team' }), [snapshotId]);
  assert.deepEqual(await by({ key: 'team', value: 'db' }), []);
});

test('walks by page and by token meet every snapshot once', async () => {
  const alice = await world.party();
  const ids: string[] = [];
  for (let index = 0; index < 25; index++)
    ids.push(await world.snapshot(alice, { createdAt: 1_800_000_000_000 + (index >> 1) }));
  const byPage: string[] = [];
  for (const pageNumber of [1, 2, 3]) {
    const body = await describe(alice, { pageNumber, pageSize: 10 });
    assert.deepEqual([body.totalCount, body.pageNumber, body.pageSize], [25, pageNumber, 10]);
    byPage.push(...body.snapshots!.snapshot!.map((snapshot) => snapshot.snapshotId!));
  }
  assert.deepEqual(byPage.toSorted(), ids.toSorted());
  const byToken: string[] = [];
  let nextToken: string | undefined;
  let answers = 0;
  do {
    const body = await describe(alice, { maxResults: 10, ...(nextToken && { nextToken }) });
    byToken.push(...body.snapshots!.snapshot!.map((snapshot) => snapshot.snapshotId!));
    nextToken = body.nextToken;
    answers++;
  } while (nextToken);
  assert.equal(answers, 3);
  assert.deepEqual(byToken, byPage);
});

test('progress and the time that is left are shown', async () => {
  const alice = await world.party();
  const createdAt = world.world.parts.clock.now() - 30_000;
  const snapshotId = await world.snapshot(alice, { status: 'progressing', progress: 25, createdAt });
  const [snapshot] = (await describe(alice)).snapshots!.snapshot!;
  assert.deepEqual([snapshot!.snapshotId, snapshot!.progress, snapshot!.available], [snapshotId, '25%', false]);
  assert.ok(snapshot!.remainTime! >= 90 && snapshot!.remainTime! < 120, String(snapshot!.remainTime));
});

test('what makes no sense is refused by its official code', async () => {
  const alice = await world.party();
  const filter = (key: string, value: string) => ({ filter: [new sdk.DescribeSnapshotsRequestFilter({ key, value })] });
  const cases: [string, number, Query][] = [
    ['InvalidRegionId.NotFound', 404, { regionId: 'cn-nowhere' }],
    ['InvalidStatus.NotFound', 404, { status: 'done' }],
    ['InvalidSnapshotType.NotFound', 404, { snapshotType: 'copied' }],
    ['InvalidSourceDiskType', 404, { sourceDiskType: 'floppy' }],
    ['InvalidUsage', 404, { usage: 'instance' }],
    ['InvalidSnapshotCategory.Malformed', 403, { category: 'gold' }],
    ['InvalidSnapshotLinkId.NotFound', 404, { snapshotLinkId: 'sl-none' }],
    ['InvalidSnapshotIds.Malformed', 403, { snapshotIds: 's-1' }],
    ['InvalidSnapshotIds.Malformed', 403, { snapshotIds: JSON.stringify(Array(101).fill('s-1')) }],
    ['InvalidFilterKey.NotFound', 404, filter('Colour', 'red')],
    ['InvalidFilterValue', 404, filter('CreationStartTime', 'yesterday')],
    ['InvalidTag.Mismatch', 400, { tag: [new sdk.DescribeSnapshotsRequestTag({ value: 'v' })] }],
    ['InvalidParameter', 400, { pageSize: 101 }],
    ['InvalidParameter', 400, { nextToken: 'stale' }],
    ['DryRunOperation', 400, { dryRun: true }],
  ];
  for (const [code, status, query] of cases) await world.refuses(code, status, () => describe(alice, query));
});
