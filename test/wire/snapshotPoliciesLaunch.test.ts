import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, type InstanceWorld } from './instanceWorld.ts';
import { create } from './policyVerbs.ts';

let world: InstanceWorld;
before(async () => {
  world = await createInstanceWorld();
});
after(() => world[Symbol.asyncDispose]());

test('disks begin with the policies that their instance’s launch names', async () => {
  const alice = await world.launcher();
  const [system, data] = [await create(alice), await create(alice)];
  const [id] = await alice.run({
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ autoSnapshotPolicyId: system }),
    dataDisk: [
      new sdk.RunInstancesRequestDataDisk({ size: 20, autoSnapshotPolicyId: data }),
      new sdk.RunInstancesRequestDataDisk({ size: 20 }),
    ],
  });
  const disks = await world.disksOf(alice, id!);
  assert.deepEqual(
    disks.map((disk) => [disk['AutoSnapshotPolicyId'], disk['EnableAutomatedSnapshotPolicy']]),
    [
      [system, true],
      [data, true],
      ['', false],
    ],
  );
});

test('policies that a launch can’t name', async () => {
  const alice = await world.launcher();
  const bob = await world.launcher();
  const elsewhere = await create(alice, { regionId: 'cn-beijing' });
  for (const autoSnapshotPolicyId of ['sp-bp1none', await create(bob), elsewhere]) {
    await world.refuses('ParameterInvalid', 404, () =>
      alice.run({ systemDisk: new sdk.RunInstancesRequestSystemDisk({ autoSnapshotPolicyId }) }),
    );
  }
  const local = new sdk.RunInstancesRequestDataDisk({
    category: 'elastic_ephemeral_disk_standard',
    size: 64,
    autoSnapshotPolicyId: await create(alice),
  });
  await world.refuses('DiskCategory.OperationNotSupported', 400, () => alice.run({ dataDisk: [local] }));
});
