import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createMachines } from '../fakes/machines.ts';
import { noMachines } from '../../src/machines/none.ts';
import { HANGZHOU } from '../requirements/catalogue.ts';
import { contentOf, createLifeWorld, type LifeWorld, type Tenant } from '../requirements/world.ts';

const ARM = { instanceType: 'ecs.g6r.large' };
const REFUSED = 'Its image is for arm64: the driver qemu boots x86 alone.';

async function armImage(life: LifeWorld): Promise<string> {
  const path = join(life.world.dataDir, 'arm.raw');
  writeFileSync(path, contentOf('a system'));
  const asked = { path, format: 'raw', name: 'arm', regionId: HANGZHOU, architecture: 'arm64', bootMode: 'UEFI' };
  const { imageId } = await life.operator<{ imageId: string }>('images/import', { ...asked, isPublic: true });
  await life.settled();
  return imageId;
}

async function look({ ecs }: Tenant, instanceId: string): Promise<{ status: string; fault: string | undefined }> {
  const request = new sdk.DescribeInstancesRequest({ regionId: HANGZHOU, instanceIds: JSON.stringify([instanceId]) });
  const [item] = (await ecs.describeInstances(request)).body!.instances!.instance!;
  return {
    status: item!.status!,
    fault: item!.tags!.tag!.find(({ tagKey }) => tagKey === 'acs:tongjing:fault')?.tagValue,
  };
}

test('an instance of another architecture is not started, and says why; the others run', async () => {
  const machines = createMachines({ driver: 'qemu' });
  await using life = await createLifeWorld({ catalogue: true }, { machines });
  const alice = await life.tenant('alice');
  const other = await alice.run(await life.image(contentOf('a system')));
  const { instanceId } = await alice.run(await armImage(life), ARM);
  assert.deepEqual(await look(alice, instanceId), { status: 'Stopped', fault: REFUSED });
  await alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
  await life.settled();
  assert.deepEqual(await look(alice, instanceId), { status: 'Stopped', fault: REFUSED });
  assert.deepEqual(machines.running, new Set([other.instanceId]));
  await alice.release(instanceId);
});

test('where nothing boots, it runs like any other', async () => {
  await using life = await createLifeWorld({ catalogue: true }, { machines: noMachines });
  const alice = await life.tenant('alice');
  const { instanceId } = await alice.run(await armImage(life), ARM);
  assert.deepEqual(await look(alice, instanceId), { status: 'Running', fault: undefined });
});
