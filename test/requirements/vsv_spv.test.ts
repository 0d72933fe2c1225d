// vsv_spv: security practice of Aliyun Linux 2 (scanning, CVE tracking, hardening, notices).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('vsv_spv: the security practice of Aliyun Linux 2 is recorded', async () => {
  await using life = await createCatalogueWorld();
  const { Security } = await recordOf(life, LINUX_2);
  const text = Security.join(' ');
  for (const word of ['Scanned regularly', 'CVE patches of CentOS 7', 'hardening', 'notices and updates']) {
    assert.ok(text.includes(word), word);
  }
});
