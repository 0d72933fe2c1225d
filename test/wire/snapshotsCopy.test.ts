import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';
import { kmsClient, makeKey } from './kmsClient.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const HERE = 'cn-hangzhou';
const THERE = 'cn-beijing';

type Wish = ConstructorParameters<typeof sdk.CopySnapshotRequest>[0];

const copy = async (party: Party, snapshotId: string, wish: Wish = {}): Promise<string> => {
  const request = {
    regionId: HERE,
    snapshotId,
    destinationRegionId: THERE,
    destinationSnapshotName: 'copy',
    destinationSnapshotDescription: 'of the other region',
    ...wish,
  };
  return (await party.ecs.copySnapshot(new sdk.CopySnapshotRequest(request))).body!.snapshotId!;
};

async function shown(party: Party, snapshotId: string) {
  const snapshotIds = JSON.stringify([snapshotId]);
  const { body } = await party.ecs.describeSnapshots(
    new sdk.DescribeSnapshotsRequest({ regionId: THERE, snapshotIds }),
  );
  return body!.snapshots!.snapshot![0];
}

test('a copy holds what its source holds, in the other region', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice, { sourceDiskId: 'd-1', snapshotLinkId: 'sl-1' });
  const release = world.world.plane.hold('copy');
  const copyId = await copy(alice, snapshotId, {
    retentionDays: 9,
    resourceGroupId: 'rg-a',
    tag: [new sdk.CopySnapshotRequestTag({ key: 'team', value: 'web' })],
  });
  assert.match(copyId, /^s-2ze/);
  assert.equal((await shown(alice, copyId))!.status, 'progressing');
  const held = { isHeld: true };
  await world.refuses('InvalidOperation.UnfinishedCrossRegionCopy', 403, () => copy(alice, snapshotId), held);
  const sister = await world.snapshot(alice, { sourceDiskId: 'd-1' });
  await world.refuses('InvalidOperation.UnfinishedCrossRegionCopy', 403, () => copy(alice, sister), held);
  const remove = () => alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force: true }));
  await world.refuses('InvalidOperation.RelatedSnapshotNotFinished', 403, remove, held);
  release();
  await world.world.settled();

  const source = (await world.row('snapshots', snapshotId))!;
  const row = (await world.row('snapshots', copyId))!;
  assert.equal(world.world.plane.content(THERE, row.root), world.world.plane.content(HERE, source.root));
  assert.partialDeepStrictEqual((await shown(alice, copyId))!.toMap(), {
    SnapshotName: 'copy',
    Description: 'of the other region',
    Status: 'accomplished',
    RegionId: THERE,
    SourceSnapshotId: snapshotId,
    SourceRegionId: HERE,
    SourceDiskId: '',
    SnapshotLinkId: '',
    RetentionDays: 9,
    ResourceGroupId: 'rg-a',
    Tags: { Tag: [{ TagKey: 'team', TagValue: 'web' }] },
  });
  // The source may go, the copy stays until its own retention ends.
  await remove();
  assert.ok(await shown(alice, copyId));
  world.world.advance(9 * DAY_MS);
  await world.world.settled();
  assert.equal(await shown(alice, copyId), undefined);
});

test('a copy rolls nothing back, and disks are made from it', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const snapshotId = await world.snapshot(alice, { sourceDiskId: diskId, sourceDiskType: 'data' });
  const copyId = await copy(alice, snapshotId);
  await world.world.settled();
  await world.refuses('InvalidParameter.Mismatch', 403, () =>
    alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId: copyId })),
  );
  const { body } = await alice.ecs.createDisk(
    new sdk.CreateDiskRequest({
      regionId: THERE,
      zoneId: `${THERE}-h`,
      snapshotId: copyId,
      diskCategory: 'cloud_essd',
    }),
  );
  await world.world.settled();
  assert.equal((await world.row('disks', body!.diskId!))!.status, 'Available');
});

test('a copy that fails says so, and one that is deleted ends', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice);
  world.world.plane.failNext('copy', new Error('it broke'));
  const failed = await copy(alice, snapshotId);
  await world.world.settled();
  assert.equal((await shown(alice, failed))!.status, 'failed');
  const release = world.world.plane.hold('copy');
  const ended = await copy(alice, snapshotId);
  await alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: ended }));
  await world.world.settled();
  release();
  assert.equal(await shown(alice, ended), undefined);
  await copy(alice, snapshotId);
});

test('an encrypted copy is under a key of the region that it goes to', async () => {
  const alice = await world.party();
  const kmsKeyId = await makeKey(world.world, alice);
  const there = await makeKey(world.world, alice, { regionId: THERE });
  const kms = kmsClient(world.world, alice);
  const plain = await world.snapshot(alice);
  const encrypted = await world.snapshot(alice, { encrypted: 1, kmsKeyId });
  const keyOf = async (snapshotId: string, wish: Wish) => {
    const row = await world.row('snapshots', await copy(alice, snapshotId, wish));
    await world.world.settled();
    return row!.encrypted ? row!.kmsKeyId : null;
  };
  assert.equal(await keyOf(plain, {}), null);
  assert.equal(await keyOf(plain, { encrypted: true, KMSKeyId: there }), there);
  assert.equal(await keyOf(encrypted, { encrypted: true, KMSKeyId: there }), there);
  const service = await keyOf(encrypted, {});
  assert.equal((await kms('DescribeKey', { KeyId: 'alias/acs/ecs', RegionId: THERE })).KeyMetadata.KeyId, service);
  assert.equal(await keyOf(plain, { encrypted: true }), service);
});

test('copies that can’t be made', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const snapshotId = await world.snapshot(alice);
  const progressing = await world.snapshot(alice, { status: 'progressing' });
  const failed = await world.snapshot(alice, { status: 'failed' });
  const key = { encrypted: 1, kmsKeyId: await makeKey(world.world, alice) } as const;
  const encrypted = await world.snapshot(alice, key);
  const shut = { ...key, kmsKeyId: await makeKey(world.world, alice, { isEnabled: false }) };
  const unreadable = await world.snapshot(alice, shut);
  const cases: [string, number, Party, string, Wish][] = [
    ['MissingRegionId', 400, alice, snapshotId, { regionId: '' }],
    ['MissingSnapshotId', 400, alice, '', {}],
    ['MissingDestinationRegionId', 400, alice, snapshotId, { destinationRegionId: '' }],
    ['MissingDestinationSnapshotName', 400, alice, snapshotId, { destinationSnapshotName: '' }],
    ['MissingDestinationSnapshotDescription', 400, alice, snapshotId, { destinationSnapshotDescription: '' }],
    ['InvalidRegionId.NotExists', 403, alice, snapshotId, { regionId: 'cn-nowhere' }],
    ['InvalidRegionId.NotExists', 403, alice, snapshotId, { destinationRegionId: 'cn-nowhere' }],
    ['InvalidOperation.NotSupportCopyInSameRegion', 403, alice, snapshotId, { destinationRegionId: HERE }],
    ['InvalidSnapshotId.NotFound', 403, alice, 's-bp1none', {}],
    ['InvalidSnapshotId.NotFound', 403, alice, snapshotId, { regionId: THERE, destinationRegionId: HERE }],
    ['InvalidSnapshotId.NotFound', 403, bob, snapshotId, {}],
    ['InvalidSnapshotId.NotReady', 403, alice, progressing, {}],
    ['InvalidSnapshotId.NotReady', 403, alice, failed, {}],
    ['InvalidEncrypted.NotSupportDecrypt', 403, alice, encrypted, { encrypted: false }],
    ['InvalidParameter.KMSKeyId.CMKNotEnabled', 403, alice, unreadable, {}],
    ['InvalidParameter.KMSKeyId.NotFound', 403, alice, encrypted, { encrypted: true, KMSKeyId: key.kmsKeyId }],
    ['InvalidSnapshotName.Malformed', 403, alice, snapshotId, { destinationSnapshotName: 'auto1' }],
    ['InvalidDescription.Malformed', 403, alice, snapshotId, { destinationSnapshotDescription: 'x' }],
    ['InvalidRetentionDays.Malformed', 403, alice, snapshotId, { retentionDays: 0 }],
    ['InvalidEncrypted.NotMatchKmsKeyId', 403, alice, snapshotId, { KMSKeyId: 'key' }],
    ['InvalidResourceGroup.NotFound', 404, alice, snapshotId, { resourceGroupId: 'none' }],
    ['InvalidTagKey.Malformed', 400, alice, snapshotId, { tag: [new sdk.CopySnapshotRequestTag({ key: 'aliyun' })] }],
  ];
  for (const [code, status, party, id, wish] of cases) await world.refuses(code, status, () => copy(party, id, wish));
});
