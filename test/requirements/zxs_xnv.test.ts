// zxs_xnv: Aliyun Linux (17.01) and Aliyun Linux 2 are separate public images with kernel and user-land versions; Linux 2 is tagged for containers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_17, LINUX_2, publicImages, recordOf } from './catalogue.ts';

test('zxs_xnv: Aliyun Linux 17.01 and Aliyun Linux 2 are two images, the second newer and made for containers', async () => {
  await using life = await createCatalogueWorld();
  const [first, second] = [await recordOf(life, LINUX_17), await recordOf(life, LINUX_2)];
  assert.deepEqual([first.Title, second.Title], ['Aliyun Linux 17.01', 'Aliyun Linux 2']);
  assert.deepEqual([first.Kernel, second.Kernel], ['4.4.95', '4.19']);
  assert.match(first.Userland, /CentOS 7\.4/);
  assert.match(second.Userland, /CentOS 7\.6/);
  assert.deepEqual([first.Container, second.Container], [false, true]);
  const alice = await life.tenant('alice');
  const tagged = await publicImages(alice, { tag: [{ key: 'acs:tongjing:container', value: 'true' }] as never });
  const ids = new Set(tagged.map(({ imageId }) => imageId!));
  assert.ok(ids.has(LINUX_2) && !ids.has(LINUX_17));
});
