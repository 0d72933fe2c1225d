// fnh_h4v: the image price of Aliyun Linux 2 is 0 in every region.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('fnh_h4v: Aliyun Linux 2 costs nothing in any region, unlike images with a licence to pay', async () => {
  await using life = await createCatalogueWorld();
  assert.deepEqual({ ...(await recordOf(life, LINUX_2)).PricePerHour }, { Mainland: 0, Other: 0 });
  const windows = await recordOf(life, 'win2022_21H2_x64_dtc_en-us_40G_alibase_20241211.vhd');
  assert.equal(windows.PricePerHour.Mainland, 0);
  assert.ok(windows.PricePerHour.Other > 0);
  const redHat = await recordOf(life, 'redhat_9_2_x64_20G_alibase_20230718.vhd');
  assert.ok(redHat.PricePerHour.Mainland > 0 && redHat.PricePerHour.Other > 0);
});
