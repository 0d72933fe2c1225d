import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createExplainWorld } from './explainWorld.ts';

const RegionId = 'cn-hangzhou';

test('delete: while it is being copied', async () => {
  await using world = await createExplainWorld();
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  const release = world.hold('copy');
  await bob.ecs.copyImage(
    new sdk.CopyImageRequest({ regionId: RegionId, imageId: ResourceId, destinationRegionId: RegionId }),
  );
  const question = { Verb: 'delete', ResourceId };
  const { Reasons } = await world.explain(alice, question);
  assert.equal(Reasons[0]!.Steps[0]!.Text, 'Wait until the copy that another account makes has ended.');
  const codes = await world.leadsOn(alice, question, release);
  assert.deepEqual(codes, ['OperationDenied.ImageCopying', 'ImageUseShared']);
});

test('copy: once at a time; who copies what is shared with several hears of none but the own', async () => {
  await using world = await createExplainWorld();
  const [alice, bob, carol] = [await world.party(), await world.party(), await world.party()];
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  await world.share(ResourceId, carol);
  const release = world.hold('copy');
  const copying = { regionId: RegionId, imageId: ResourceId, destinationRegionId: RegionId };
  await world.waitingJob('copyImage', carol, ResourceId);
  const { body } = await bob.ecs.copyImage(new sdk.CopyImageRequest(copying));
  const question = { Verb: 'copy', ResourceId, DestinationRegionId: RegionId };
  const { Reasons } = await world.explain(bob, question);
  assert.equal(Reasons[0]!.Steps[0]!.Text, `Wait until the copy of ${body!.imageId!} has ended.`);
  assert.deepEqual(await world.leadsOn(bob, question, release), ['OperationDenied.ImageCopyConflict']);
});

test('launch: an image that is still being made', async () => {
  await using world = await createExplainWorld();
  const alice = await world.party();
  const { id } = await world.instance(alice);
  const release = world.hold('store');
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: RegionId, instanceId: id }));
  const question = { Verb: 'launch', ResourceId: body!.imageId!, InstanceType: 'ecs.g6.large' };
  assert.deepEqual(await world.leadsOn(alice, question, release), [
    'OperationDenied.ImageNotValid',
    'InvalidSecurityGroupId',
  ]);
});
