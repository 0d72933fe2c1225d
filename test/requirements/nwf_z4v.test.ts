// nwf_z4v: the record of Aliyun Linux 2 says where it is supported to run; exporting an image made from it warns so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { createCatalogueWorld, giveDisk, LINUX_17, LINUX_2, recordOf } from './catalogue.ts';
import { contentOf } from './world.ts';

test('nwf_z4v: Aliyun Linux 2 is supported on ECS alone, and an export of an image made from it says so', async () => {
  await using life = await createCatalogueWorld();
  assert.match((await recordOf(life, LINUX_2)).SupportedOn, /ECS alone/);
  const alice = await life.tenant('alice');
  const exported = async (of: string) => {
    const { instanceId } = await alice.run(of);
    const imageId = await alice.createImage({ instanceId });
    const path = join(life.world.dataDir, `${imageId}.raw`);
    const { warning } = await life.operator<{ warning?: string }>('images/export', { imageId, path });
    await life.settled();
    return warning;
  };
  await giveDisk(life, contentOf('any'));
  assert.match((await exported(LINUX_2))!, /Aliyun Linux 2: .*ECS alone/);
  assert.equal(await exported(LINUX_17), undefined);
});
