import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { DAY_MS } from '../../rules/times.ts';
import { snapshotRow } from '../../../test/fakes/rows.ts';
import type { Schema } from '../schema.ts';
import { sqliteDialect } from '../sqlite.ts';
import { firstTables } from './001-firstTables.ts';
import { snapshotLocks } from './011-snapshotLocks.ts';

test('snapshots whose retention nothing kept until now get the job that ends it', async () => {
  await using db = new Kysely<Schema>({ dialect: sqliteDialect(':memory:', 'write') });
  await firstTables.up(db);
  for (const [id, retentionDays] of [
    ['s-bp1a', 2],
    ['s-bp1b', null],
    ['s-bp1c', 30],
  ] as const) {
    const { snapshotGroupId: _, ...row } = snapshotRow({ id, retentionDays, createdAt: 1000 });
    await db
      .insertInto('snapshots')
      .values(row as never)
      .execute();
  }
  await snapshotLocks.up(db);
  const jobs = await db.selectFrom('jobs').selectAll().orderBy('sequence').execute();
  assert.deepEqual(
    jobs.map((job) => [job.id, job.sequence, job.kind, job.status, job.input, job.resourceId, job.runAfter]),
    [
      ['t-bp1a', 1, 'expireSnapshot', 'waiting', '{"snapshotId":"s-bp1a"}', 's-bp1a', 1000 + 2 * DAY_MS],
      ['t-bp1c', 2, 'expireSnapshot', 'waiting', '{"snapshotId":"s-bp1c"}', 's-bp1c', 1000 + 30 * DAY_MS],
    ],
  );
});
