import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU, type LifeWorld, type Tenant } from '../requirements/world.ts';
import { tongjing } from './commands.ts';

let life: LifeWorld;
let imageId: string;
let alice: Tenant;
before(async () => {
  life = await createLifeWorld();
  imageId = await life.image(contentOf('base'));
  alice = await life.tenant('alice');
});
after(() => life[Symbol.asyncDispose]());

/** The command succeeds; its JSON. */
async function done<T>(...args: string[]): Promise<T> {
  const ran = await tongjing(life.world, [...args, '--yes', '--json']);
  assert.equal(ran.code, 0, ran.err);
  await life.settled();
  return JSON.parse(ran.out) as T;
}

const reads = async (diskId: string, content: Buffer) =>
  assert.ok((await life.read(diskId, 0, content.length)).equals(content), `${diskId} holds something else`);

/** An instance of Alice's with an own text on each of its two disks. */
async function written(text: string) {
  const { instanceId, diskIds } = await alice.run(imageId, {
    dataDisk: [{ size: 20, category: 'cloud_essd' }] as never,
  });
  const contents = [contentOf(`${text}, system`), contentOf(`${text}, data`)] as const;
  for (const [index, content] of contents.entries()) await life.write(diskIds[index]!, 0, content);
  return { instanceId, diskIds, contents };
}

async function stateOf(of: Tenant, instanceId: string, regionId = HANGZHOU): Promise<string | undefined> {
  const request = new sdk.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify([instanceId]) });
  return (await of.ecs.describeInstances(request)).body!.instances!.instance![0]?.status;
}

test('wnw_26f: clone: data disks come along, the same size or larger; smaller is refused before anything is done', async () => {
  const { instanceId, contents } = await written('to be cloned');
  const smaller = await tongjing(life.world, [
    'clone',
    instanceId,
    '--account',
    alice.accountId,
    '--data-size',
    '/dev/xvdb=10',
    '--yes',
  ]);
  assert.equal(smaller.code, 1);
  assert.match(smaller.err, /^InvalidDiskSize\.TooSmall: /);
  assert.equal(await stateOf(alice, instanceId), 'Running');

  const of = ['--account', alice.accountId, '--count', '2', '--data-size', '/dev/xvdb=30', '--name', 'twin'];
  const { instanceIds } = await done<{ instanceIds: string[] }>('clone', instanceId, ...of);
  assert.equal(instanceIds.length, 2);
  assert.equal(await stateOf(alice, instanceId), 'Running');
  for (const id of instanceIds) {
    const diskIds = await alice.disksOf(id);
    assert.equal(diskIds.length, 2);
    for (const [index, content] of contents.entries()) await reads(diskIds[index]!, content);
    const request = new sdk.DescribeDisksRequest({ regionId: HANGZHOU, diskIds: JSON.stringify(diskIds) });
    const sizes = (await alice.ecs.describeDisks(request)).body!.disks!.disk!.map(({ size }) => size!);
    assert.deepEqual(sizes.toSorted(), [30, 40]);
  }
});

for (const toRegion of [HANGZHOU, BEIJING]) {
  for (const toBob of [false, true]) {
    test(`pkf_2xq: migrate to ${toRegion}, ${toBob ? 'another' : 'the same'} account: a new instance, and onto one that is there`, async () => {
      const bob = toBob ? await life.tenant(`bob ${toRegion}`) : alice;
      const { instanceId, contents } = await written(`to ${toRegion} ${toBob}`);
      const how = ['--account', alice.accountId, '--to-region', toRegion, '--to-account', bob.accountId];

      const moved = await done<{ instanceId: string; imageId: string }>('migrate', instanceId, ...how);
      const diskIds = await bob.disksOf(moved.instanceId, toRegion);
      for (const [index, content] of contents.entries()) await reads(diskIds[index]!, content);
      assert.equal(await stateOf(alice, instanceId), 'Running');
      assert.equal(await stateOf(bob, moved.instanceId, toRegion), 'Running');
      const left = await alice.ecs.describeImages(
        new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageOwnerAlias: 'self' }),
      );
      const isLeft = left.body!.images!.image!.some(({ imageId: id }) => id === moved.imageId);
      assert.equal(isLeft, toRegion === HANGZHOU, 'only the image that is used stays');

      const target = await bob.run(
        await life.image(contentOf('other'), { regionId: toRegion, name: `other-${toRegion}-${toBob}` }),
        {
          ...(await bob.network(toRegion)),
        },
      );
      const onto = await done<{ instanceId: string }>('migrate', instanceId, ...how, '--replace', target.instanceId);
      assert.equal(onto.instanceId, target.instanceId);
      const [system] = await bob.disksOf(target.instanceId, toRegion);
      assert.notEqual(system, target.diskIds[0]);
      await reads(system!, contents[0]);
      assert.equal(await stateOf(bob, target.instanceId, toRegion), 'Running');
    });
  }
}

test('053_0tw: image system-only: its image replaces a system disk, which the one with data disks cannot', async () => {
  const { instanceId, contents } = await written('with data disks');
  const full = await alice.createImage({ instanceId });
  const target = await alice.run(imageId);
  await alice.stop(target.instanceId);
  const replace = (id: string) =>
    alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId: target.instanceId, imageId: id }));
  await life.refuses('OperationDenied', 400, () => replace(full));

  const earlier = await alice.ecs.describeInstances(new sdk.DescribeInstancesRequest({ regionId: HANGZHOU }));
  const made = await done<{ imageId: string }>('image', 'system-only', full, '--account', alice.accountId);
  const afterwards = await alice.ecs.describeInstances(new sdk.DescribeInstancesRequest({ regionId: HANGZHOU }));
  assert.equal(afterwards.body!.totalCount, earlier.body!.totalCount, 'nothing temporary is left');
  await replace(made.imageId);
  await life.settled();
  await reads((await alice.disksOf(target.instanceId))[0]!, contents[0]);
  const again = await tongjing(life.world, [
    'image',
    'system-only',
    made.imageId,
    '--account',
    alice.accountId,
    '--yes',
  ]);
  assert.match(again.err, /^NothingToDo: /);
});
