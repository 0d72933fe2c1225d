import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createMachines } from '../fakes/machines.ts';
import { HANGZHOU, LINUX_2 } from '../requirements/catalogue.ts';
import { contentOf, createLifeWorld, type Tenant } from '../requirements/world.ts';

async function look({ ecs }: Pick<Tenant, 'ecs'>, instanceId: string): Promise<{ status: string; driver: string }> {
  const request = new sdk.DescribeInstancesRequest({ regionId: HANGZHOU, instanceIds: JSON.stringify([instanceId]) });
  const [item] = (await ecs.describeInstances(request)).body!.instances!.instance!;
  const driver = item!.tags!.tag!.find(({ tagKey }) => tagKey === 'acs:tongjing:driver');
  return { status: item!.status!, driver: driver!.tagValue! };
}

test('no machine is made of an empty system disk: the instance runs in name, also after a restart, until there is something to boot', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-empty-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const machines = createMachines({ driver: 'qemu' });
  const empty = { status: 'Running', driver: 'none: its system disk is empty' };
  let alice: Tenant;
  let instanceId: string;
  let diskIds: string[];
  {
    await using life = await createLifeWorld({ catalogue: true }, { machines, dataDir });
    alice = await life.tenant('alice');
    ({ instanceId, diskIds } = await alice.run(LINUX_2));
    assert.deepEqual(await look(alice, instanceId), empty);
    await alice.stop(instanceId);
    await alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
    await life.settled();
    assert.deepEqual(await look(alice, instanceId), empty);
  }
  await using life = await createLifeWorld({ catalogue: true }, { machines, dataDir });
  await life.settled();
  const ecs = life.world.ecs(alice);
  assert.deepEqual(await look({ ecs }, instanceId), empty);
  assert.deepEqual(machines.running, new Set());

  await ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId }));
  await life.settled();
  await life.write(diskIds[0]!, 0, contentOf('a system'));
  await ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
  await life.settled();
  assert.deepEqual(await look({ ecs }, instanceId), { status: 'Running', driver: 'qemu' });
  assert.deepEqual(machines.running, new Set([instanceId]));
});

test('a machine is made of an image with a disk, at its launch', async () => {
  const machines = createMachines({ driver: 'qemu' });
  await using life = await createLifeWorld({ catalogue: true }, { machines });
  const alice = await life.tenant('alice');
  const { instanceId } = await alice.run(await life.image(contentOf('a system')));
  assert.deepEqual(await look(alice, instanceId), { status: 'Running', driver: 'qemu' });
  assert.deepEqual(machines.running, new Set([instanceId]));
});
