// ajg_qwc: under 1 GiB of memory: Linux and Windows Server version 1709 only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createCatalogueWorld, HANGZHOU, LINUX_17, publicImages } from './catalogue.ts';

const NANO = 'ecs.t5-lc2m1.nano';
const VERSION_1709 = 'winsvr_64_dtcC_1709_en-us_40G_alibase_20171115.vhd';
const WINDOWS_2019 = 'win2019_1809_x64_dtc_en-us_40G_alibase_20230811.vhd';

test('ajg_qwc: an instance with 0.5 GiB takes Linux and Windows Server version 1709, no other Windows', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  for (const imageId of [LINUX_17, VERSION_1709]) {
    assert.equal((await alice.run(imageId, { instanceType: NANO })).diskIds.length, 1);
  }
  const request = { ...(await alice.network(HANGZHOU)), imageId: WINDOWS_2019, instanceType: NANO };
  await life.refuses('ImageNotSupportInstanceType', 403, () =>
    alice.ecs.runInstances(new sdk.RunInstancesRequest(request)),
  );
  assert.equal((await alice.run(WINDOWS_2019, { instanceType: 'ecs.t5-lc1m1.small' })).diskIds.length, 1);
  const windows = await publicImages(alice, { instanceType: NANO, OSType: 'windows', status: 'Available' });
  assert.deepEqual(new Set(windows.map(({ imageId }) => /_(1709)_/.exec(imageId!)?.[1])), new Set(['1709']));
  const types = async (imageId: string) => {
    const asked = new sdk.DescribeImageSupportInstanceTypesRequest({ regionId: HANGZHOU, imageId });
    const { body } = await alice.ecs.describeImageSupportInstanceTypes(asked);
    return body!.instanceTypes!.instanceType!.map(({ instanceTypeId }) => instanceTypeId);
  };
  assert.ok((await types(VERSION_1709)).includes(NANO));
  assert.ok(!(await types(WINDOWS_2019)).includes(NANO));
});
