import type { Kysely, Migration } from 'kysely';

export const snapshotGroups: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('snapshotGroups')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('instanceId', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('snapshotGroupsKey', ['id'])
      .execute();
    await db.schema
      .createIndex('snapshotGroupsByAccountIdRegionIdCreatedAt')
      .on('snapshotGroups')
      .columns(['accountId', 'regionId', 'createdAt'])
      .execute();
    await db.schema.alterTable('snapshots').addColumn('snapshotGroupId', 'text').execute();
    await db.schema.createIndex('snapshotsBySnapshotGroupId').on('snapshots').columns(['snapshotGroupId']).execute();
  },
};
