import type { Kysely, Migration } from 'kysely';

/** Cloud Assistant: commands, and what came of running them, or of sending files. */
export const commands: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('commands')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('workingDir', 'text', (column) => column.notNull())
      .addColumn('timeoutS', 'integer', (column) => column.notNull())
      .addColumn('enableParameter', 'integer', (column) => column.notNull())
      .addColumn('invokeTimes', 'integer', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('commandsKey', ['id'])
      .execute();
    await db.schema
      .createTable('invocations')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('commandId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('spec', 'text', (column) => column.notNull())
      .addColumn('timeoutS', 'integer', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('recordStatus', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('invocationsKey', ['id'])
      .execute();
    await db.schema
      .createTable('runs')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('invokeId', 'text', (column) => column.notNull())
      .addColumn('instanceId', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('isSent', 'integer', (column) => column.notNull())
      .addColumn('pid', 'bigint')
      .addColumn('exitCode', 'integer')
      .addColumn('output', 'text', (column) => column.notNull())
      .addColumn('dropped', 'bigint', (column) => column.notNull())
      .addColumn('fault', 'text')
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('updatedAt', 'bigint', (column) => column.notNull())
      .addColumn('startedAt', 'bigint')
      .addColumn('finishedAt', 'bigint')
      .addColumn('stoppedAt', 'bigint')
      .addPrimaryKeyConstraint('runsKey', ['id'])
      .execute();
    const owner = ['accountId', 'regionId', 'createdAt'];
    await db.schema.createIndex('commandsByAccountId').on('commands').columns(owner).execute();
    await db.schema.createIndex('invocationsByAccountId').on('invocations').columns(owner).execute();
    await db.schema.createIndex('runsByAccountId').on('runs').columns(owner).execute();
    await db.schema.createIndex('runsByInvokeId').on('runs').columns(['invokeId']).execute();
    await db.schema.createIndex('runsByInstanceId').on('runs').columns(['instanceId']).execute();
  },
};
