import type { Kysely, Migration } from 'kysely';

export const metering: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['doneBytes', 'totalBytes']) {
      await db.schema
        .alterTable('jobs')
        .addColumn(column, 'bigint', (definition) => definition.notNull().defaultTo(0))
        .execute();
    }
    await db.schema
      .createTable('usageLines')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('snapshotId', 'text', (column) => column.notNull())
      .addColumn('imageId', 'text')
      .addColumn('sourceRegionId', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('startedAt', 'bigint', (column) => column.notNull())
      .addColumn('endedAt', 'bigint')
      .addPrimaryKeyConstraint('usageLinesKey', ['id'])
      .execute();
    await db.schema.createIndex('usageLinesByAccountId').on('usageLines').columns(['accountId', 'regionId']).execute();
    await db.schema.createIndex('usageLinesBySnapshotId').on('usageLines').columns(['snapshotId']).execute();
  },
};
