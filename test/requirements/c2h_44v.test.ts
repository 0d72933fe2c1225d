// c2h_44v: only x86_64 (no i386) variants of Aliyun Linux 2 can exist.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createCatalogueWorld, giveDisk, HANGZHOU, LINUX_2, publicImages } from './catalogue.ts';
import { contentOf } from './world.ts';

test('c2h_44v: there is no 32-bit Aliyun Linux 2, nor can one be made of it', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const all = (await publicImages(alice)).filter(({ OSNameEn }) => /Linux {2}2\.1903/.test(OSNameEn!));
  assert.ok(all.length > 1);
  assert.deepEqual(new Set(all.map(({ architecture }) => architecture)), new Set(['x86_64']));
  const i386 = await publicImages(alice, { architecture: 'i386' });
  assert.ok(i386.length > 0 && i386.every(({ platform }) => platform !== 'Aliyun'));
  // An image of an instance is of the instance's system, whatever the caller says.
  await giveDisk(life, contentOf('linux 2'), LINUX_2);
  const { instanceId } = await alice.run(LINUX_2);
  const imageId = await alice.createImage({ regionId: HANGZHOU, instanceId, architecture: 'i386' });
  const { body } = await alice.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId }));
  assert.equal(body!.images!.image![0]!.architecture, 'x86_64');
});
