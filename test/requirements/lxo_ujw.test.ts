// lxo_ujw: a copy of an image made from a marketplace image can't create instances in the other region.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import { BEIJING, HANGZHOU } from './world.ts';

test('lxo_ujw: the copy is Available, and makes no instance and no system disk', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const source = await world.image(alice, { productCode: 'cmjj02' });
  const { body } = await alice.ecs.copyImage(
    new sdk.CopyImageRequest({ regionId: HANGZHOU, imageId: source, destinationRegionId: BEIJING }),
  );
  const imageId = body!.imageId!;
  await world.world.settled();
  const shown = await alice.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId: BEIJING, imageId }));
  assert.equal(shown.body!.images!.image![0]!.status, 'Available');
  assert.equal(shown.body!.images!.image![0]!.productCode, 'cmjj02');

  const launch = new sdk.RunInstancesRequest({ regionId: BEIJING, imageId, instanceType: 'ecs.g6.large' });
  const refusal = await world.refuses('OperationDenied.ImageNotValid', 403, () => alice.ecs.runInstances(launch));
  assert.match(refusal.message, /The specified Image is disabled or is deleted/);
  const { id: instanceId } = await world.instance(alice, { regionId: BEIJING, status: 'Stopped' });
  const replacement = new sdk.ReplaceSystemDiskRequest({ instanceId, imageId });
  await world.refuses('OperationDenied.ImageNotValid', 403, () => alice.ecs.replaceSystemDisk(replacement));
});
