// eys_j4v: Aliyun Linux 2 is offered for every KVM and bare-metal type; refused, and not listed, for Xen-based types and classic networks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { instanceTypes } from '../../src/rules/instanceTypes.ts';
import { createCatalogueWorld, HANGZHOU, LINUX_2, publicImages, recordOf } from './catalogue.ts';

test('eys_j4v: Aliyun Linux 2 runs on every x86 type under KVM or on bare metal, and on none under Xen', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const { body } = await alice.ecs.describeImageSupportInstanceTypes(
    new sdk.DescribeImageSupportInstanceTypesRequest({ regionId: HANGZHOU, imageId: LINUX_2 }),
  );
  const offered = body!.instanceTypes!.instanceType!.map(({ instanceTypeId }) => instanceTypeId!);
  const wanted = instanceTypes.filter(({ architecture, hypervisor }) => architecture === 'X86' && hypervisor !== 'Xen');
  assert.deepEqual(offered.sort(), wanted.map(({ instanceTypeId }) => instanceTypeId).sort());
  for (const instanceType of ['ecs.g6.large', 'ecs.ebmg6.26xlarge']) {
    assert.equal((await alice.run(LINUX_2, { instanceType })).diskIds.length, 1);
  }
  const network = await alice.network(HANGZHOU);
  const onXen = { ...network, imageId: LINUX_2, instanceType: 'ecs.s2.large' };
  await life.refuses('ImageNotSupportInstanceType', 403, () =>
    alice.ecs.runInstances(new sdk.RunInstancesRequest(onXen)),
  );
  await life.refuses('ImageNotSupportInstanceType', 403, () =>
    alice.ecs.createInstance(new sdk.CreateInstanceRequest(onXen)),
  );
  const listed = async (filter: object) =>
    (await publicImages(alice, { imageId: LINUX_2, ...filter })).map(({ imageId }) => imageId);
  assert.deepEqual(await listed({ instanceType: 'ecs.s2.large' }), []);
  assert.deepEqual(await listed({ instanceType: 'ecs.g6.large' }), [LINUX_2]);
  const network2 = (value: string) => ({
    filter: [new sdk.DescribeImagesRequestFilter({ key: 'NetworkType', value })],
  });
  assert.deepEqual(await listed(network2('classic')), []);
  assert.deepEqual(await listed(network2('vpc')), [LINUX_2]);
  const record = await recordOf(life, LINUX_2);
  assert.deepEqual([record.Hypervisors, record.Networks], [['KVM', 'bare metal'], ['vpc']]);
});

test('eys_j4v: the system disk of an instance under Xen is not replaced by Aliyun Linux 2', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const { instanceId } = await alice.run('centos_7_9_x64_20G_alibase_20230109.vhd', { instanceType: 'ecs.s2.large' });
  await alice.stop(instanceId);
  await life.refuses('ImageNotSupportInstanceType', 403, () =>
    alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId: LINUX_2 })),
  );
});
