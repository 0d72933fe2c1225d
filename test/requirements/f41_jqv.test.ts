// f41_jqv: default permissions of Aliyun Linux 2 equal CentOS 7's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogueWorld, LINUX_2, recordOf } from './catalogue.ts';

test('f41_jqv: permissions of Aliyun Linux 2 are those of CentOS 7', async () => {
  await using life = await createCatalogueWorld();
  assert.match((await recordOf(life, LINUX_2)).Permissions, /those of the CentOS 7 image/);
});
