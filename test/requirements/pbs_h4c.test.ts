// pbs_h4c: CopyImage to another region of the same account, for deployment, migration or use across regions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('pbs_h4c: a whole image is deployed in another region from its copy, byte for byte', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })];
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('system')), { dataDisk });
  const data = contentOf('data', 3_000_000);
  await life.write(diskIds[1]!, 12_345_678, data);
  const imageId = await alice.createImage({ instanceId });

  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING, destinationImageName: 'moved' });

  const copy = await alice.seesImage(copyId, BEIJING);
  assert.deepEqual([copy?.['ImageName'], copy?.['IsCopied'], copy?.['ImageOwnerAlias']], ['moved', true, 'self']);
  const there = await alice.run(copyId, await alice.network(BEIJING));
  const system = contentOf('system');
  assert.deepEqual(await life.read(there.diskIds[0]!, 0, system.length), system);
  assert.deepEqual(await life.read(there.diskIds[1]!, 12_345_678, data.length), data);
  assert.equal((await alice.seesImage(imageId))?.['Status'], 'Available');
});
