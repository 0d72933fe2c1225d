// fmy_jpv: what Aliyun Linux 2 offers over CentOS and RHEL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('fmy_jpv: what Aliyun Linux 2 offers over CentOS and RHEL is recorded', async () => {
  await using life = await createCatalogueWorld();
  const { Advantages } = await recordOf(life, LINUX_2);
  assert.equal(Advantages.length, 4);
  const text = Advantages.join(' ');
  for (const word of ['Newer kernel', 'Ready at once', 'infrastructure', 'RHEL', 'commercial support']) {
    assert.ok(text.includes(word), word);
  }
});
