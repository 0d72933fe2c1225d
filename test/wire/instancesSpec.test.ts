import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, type Launcher } from './instanceWorld.ts';

const modify =
  ({ ecs }: Launcher, instanceId: string, instanceType: string) =>
  () =>
    ecs.modifyInstanceSpec(new sdk.ModifyInstanceSpecRequest({ instanceId, instanceType }));

test('a type is not changed that the charge type, the disks or the state forbid', async () => {
  await using world = await createInstanceWorld();
  const alice = await world.launcher();
  const { id, diskIds } = await alice.stopped();
  await world.change('instances', id, { chargeType: 'PrePaid' });
  await world.refuses('ChargeTypeViolation', 403, modify(alice, id, 'ecs.g6.xlarge'));
  await world.change('instances', id, { chargeType: 'PostPaid' });
  await world.change('disks', diskIds[0]!, { category: 'cloud_essd_entry' });
  await world.refuses('CategoryViolation', 403, modify(alice, id, 'ecs.t6-c1m1.large'));
  await world.change('instances', id, { status: 'Starting' });
  await world.refuses('InvalidInstanceStatus.NotStopped', 400, modify(alice, id, 'ecs.g6.xlarge'));
  const bandwidth = new sdk.ModifyInstanceSpecRequest({ instanceId: id, internetMaxBandwidthOut: 5 });
  await world.refuses('InvalidStatus.ValueNotSupported', 403, () => alice.ecs.modifyInstanceSpec(bandwidth));
  const temporary = new sdk.ModifyInstanceSpecRequestTemporary({ startTime: '2026-12-01T00Z' });
  const unbuilt = new sdk.ModifyInstanceSpecRequest({ instanceId: id, internetMaxBandwidthOut: 5, temporary });
  await world.refuses('UnsupportedParameter', 400, () => alice.ecs.modifyInstanceSpec(unbuilt));
});

test('a burstable type brings its credits, and another takes them away', async () => {
  await using world = await createInstanceWorld();
  const alice = await world.launcher();
  const { id } = await alice.stopped();
  for (const [instanceType, credit] of [
    ['ecs.t6-c1m1.large', 'Standard'],
    ['ecs.g6.large', null],
  ] as const) {
    await modify(alice, id, instanceType)();
    const row = await world.row('instances', id);
    assert.deepEqual([row!.instanceType, row!.creditSpecification], [instanceType, credit]);
  }
});
