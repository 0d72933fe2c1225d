import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { sqliteDialect } from '../sqlite.ts';
import { migrate } from './migrate.ts';

test('records that lack a migration between others get it; those of a newer version are refused', async () => {
  await using db = new Kysely<Schema & { kysely_migration: { name: string; timestamp: string } }>({
    dialect: sqliteDialect(':memory:', 'write'),
  });
  const open = () => migrate(db as unknown as Kysely<Schema>);
  const tables = async () => (await db.introspection.getTables()).map(({ name }) => name).sort();
  await open();
  const all = await tables();
  await db.schema.dropTable('tickets').execute();
  await db.deleteFrom('kysely_migration').where('name', '=', '007-tickets').execute();
  await open();
  assert.deepEqual(await tables(), all);

  await db.insertInto('kysely_migration').values({ name: '999-later', timestamp: '' }).execute();
  await assert.rejects(open, { code: 'FormatTooNew' });
});
