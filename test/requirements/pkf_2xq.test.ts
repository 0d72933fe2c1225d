// pkf_2xq: migration between instances: same or other region, same or other account; replacement refuses data-disk images.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjing } from '../planner/commands.ts';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU } from './world.ts';

const CASES = [
  { regionId: HANGZHOU, account: 'same' },
  { regionId: BEIJING, account: 'same' },
  { regionId: HANGZHOU, account: 'other' },
  { regionId: BEIJING, account: 'other' },
] as const;

for (const { regionId, account } of CASES) {
  test(`pkf_2xq: to ${regionId === HANGZHOU ? 'the same' : 'another'} region, ${account} account`, async () => {
    await using life = await createLifeWorld();
    const alice = await life.tenant('alice');
    const owner = account === 'same' ? alice : await life.tenant('bob');
    const content = contentOf('what moves');
    const source = await alice.run(await life.image(content));
    const base = await life.image(contentOf('what was there'), { regionId, name: 'blank' });
    const target = await owner.run(base, await owner.network(regionId));

    let imageId = await alice.createImage({ instanceId: source.instanceId });
    if (regionId !== HANGZHOU) imageId = await alice.copyImage({ imageId, destinationRegionId: regionId });
    if (owner !== alice) await alice.share(imageId, owner, regionId);
    await owner.stop(target.instanceId);
    const diskId = await owner.replaceSystem(target.instanceId, imageId);

    assert.deepEqual(await life.read(diskId, 0, content.length), content);

    const changed = contentOf('what moves later');
    await life.write(source.diskIds[0]!, 0, changed);
    const of = ['--account', alice.accountId, '--to-account', owner.accountId, '--to-region', regionId];
    const ran = await tongjing(life.world, [
      'migrate',
      source.instanceId,
      '--replace',
      target.instanceId,
      '--yes',
      ...of,
    ]);
    assert.equal(ran.code, 0, ran.err);
    await life.settled();
    const [system] = await owner.disksOf(target.instanceId, regionId);
    assert.deepEqual(await life.read(system!, 0, changed.length), changed);
  });
}

test('pkf_2xq: an image with data disks moves to a new instance alone', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })];
  const source = await alice.run(await life.image(contentOf('system')), { dataDisk });
  const data = contentOf('data');
  await life.write(source.diskIds[1]!, 0, data);
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  await alice.stop(source.instanceId);

  await life.refuses('OperationDenied', 400, () => alice.replaceSystem(source.instanceId, imageId));
  const { diskIds } = await alice.run(imageId);
  assert.deepEqual(await life.read(diskIds[1]!, 0, data.length), data);
});
