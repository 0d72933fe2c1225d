// rjq_v4v: Aliyun Linux 2 is recorded as compatible with Aliyun Linux 17.01 (kernel modules may need a rebuild).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('rjq_v4v: Aliyun Linux 2 is recorded as compatible with 17.01', async () => {
  await using life = await createCatalogueWorld();
  const { Compatibility } = await recordOf(life, LINUX_2);
  assert.ok(Compatibility.some((text) => /17\.01.*kernel modules.*rebuild/.test(text)));
});
