// mgc_fxc: SUSE 12 SP4, 12 SP2 and 11 SP4 are in the catalogue.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, publicImages } from './catalogue.ts';

test('mgc_fxc: SUSE Linux Enterprise Server 12 SP4, 12 SP2 and 11 SP4 are listed, in 64 bit', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const listed = await publicImages(alice, { imageName: 'sles_*', status: 'Available' });
  const names = new Set(listed.map(({ OSNameEn }) => OSNameEn!));
  for (const version of ['12 SP4', '12 SP2', '11 SP4']) {
    assert.ok(names.has(`SUSE Linux Enterprise Server  ${version} 64 bit`), version);
  }
  assert.ok(listed.every(({ platform }) => platform === 'SUSE'));
});
