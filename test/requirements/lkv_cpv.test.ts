// lkv_cpv: Aliyun Linux 2 is recorded as binary compatible with CentOS 7.6.1810.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('lkv_cpv: Aliyun Linux 2 is recorded as binary compatible with CentOS 7.6.1810', async () => {
  await using life = await createCatalogueWorld();
  const { Compatibility } = await recordOf(life, LINUX_2);
  assert.ok(Compatibility.some((text) => /CentOS 7\.6\.1810: binary compatible/.test(text)));
});
