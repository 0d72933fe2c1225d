// vd3_t4v: the image record names its licence and where its component sources are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, publicImages, recordOf } from './catalogue.ts';

test('vd3_t4v: licence and sources of Aliyun Linux 2 are named', async () => {
  await using life = await createCatalogueWorld();
  const { Licence, Sources } = await recordOf(life, LINUX_2);
  assert.match(Licence, /Open source/);
  for (const where of ['yumdownloader', 'mirrors.aliyun.com', 'github.com']) assert.ok(Sources.includes(where), where);
  const [image] = await publicImages(await life.tenant('alice'), { imageId: LINUX_2 });
  assert.ok(image!.description!.includes(Licence) && image!.description!.includes(Sources));
});
