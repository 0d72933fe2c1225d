// ybf_r4v: no desktop is offered with Aliyun Linux 2; the image carries no GUI feature flag.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, publicImages, recordOf } from './catalogue.ts';

test('ybf_r4v: Aliyun Linux 2 comes without a desktop', async () => {
  await using life = await createCatalogueWorld();
  assert.equal((await recordOf(life, LINUX_2)).Desktop, false);
  const alice = await life.tenant('alice');
  const tag = [{ key: 'acs:tongjing:desktop' }] as never;
  const withDesktop = await publicImages(alice, { tag });
  assert.ok(withDesktop.length > 0 && withDesktop.every(({ OSType }) => OSType === 'windows'));
});
