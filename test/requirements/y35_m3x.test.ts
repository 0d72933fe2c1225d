// y35_m3x: an instance made from a custom image can change its type (vCPU, memory), bandwidth and disk sizes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, MIB } from './world.ts';

test('y35_m3x: type, bandwidth and disk sizes of an instance from a custom image change, and what is on it stays', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('custom');
  const first = await alice.run(await life.image(content));
  const custom = await alice.createImage({ instanceId: first.instanceId });
  const { instanceId, diskIds } = await alice.run(custom);
  const [diskId] = diskIds;
  const modify = (change: NonNullable<ConstructorParameters<typeof sdk.ModifyInstanceSpecRequest>[0]>) => () =>
    alice.ecs.modifyInstanceSpec(new sdk.ModifyInstanceSpecRequest({ instanceId, ...change }));
  await life.refuses('InvalidInstanceStatus.NotStopped', 400, modify({ instanceType: 'ecs.g6.xlarge' }));
  await modify({ internetMaxBandwidthOut: 50 })();
  await life.refuses('InvalidParameter', 400, modify({ internetMaxBandwidthOut: 1000 }));
  await alice.stop(instanceId);
  await life.refuses(
    'InvalidParameter.Mismatch',
    400,
    modify({ instanceType: 'ecs.g6.xlarge', internetMaxBandwidthOut: 5 }),
  );
  await life.refuses('MissingParameter', 400, modify({}));
  await life.refuses('InvalidInstanceType.ValueNotSupported', 400, modify({ instanceType: 'ecs.none.large' }));
  await life.refuses('ImageNotSupportInstanceType', 403, modify({ instanceType: 'ecs.g6r.large' }));
  await life.refuses('DependencyViolation.InstanceType', 400, modify({ instanceType: 'ecs.t1.small' }));
  const stranger = await life.tenant('stranger');
  await life.refuses('InvalidInstanceId.NotFound', 404, () =>
    stranger.ecs.modifyInstanceSpec(new sdk.ModifyInstanceSpecRequest({ instanceId, instanceType: 'ecs.g6.xlarge' })),
  );
  await modify({ instanceType: 'ecs.g6.xlarge' })();
  await alice.ecs.resizeDisk(new sdk.ResizeDiskRequest({ diskId, newSize: 60 }));
  await alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
  await life.settled();
  const { body } = await alice.ecs.describeInstances(
    new sdk.DescribeInstancesRequest({ regionId: 'cn-hangzhou', instanceIds: JSON.stringify([instanceId]) }),
  );
  const [made] = body!.instances!.instance!;
  assert.deepEqual([made!.status, made!.instanceType, made!.cpu, made!.memory], ['Running', 'ecs.g6.xlarge', 4, 16384]);
  assert.equal(made!.internetMaxBandwidthOut, 50);
  const { body: disks } = await alice.ecs.describeDisks(
    new sdk.DescribeDisksRequest({ regionId: 'cn-hangzhou', diskIds: JSON.stringify([diskId]) }),
  );
  assert.equal(disks!.disks!.disk![0]!.size, 60);
  assert.deepEqual(await life.read(diskId!, 0, 2 * MIB), content);
});
