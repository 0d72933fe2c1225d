import type { Kysely, Migration } from 'kysely';

/** Elastic IPs, of both products. */
export const eips: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('eips')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('ipAddress', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('bandwidth', 'integer', (column) => column.notNull())
      .addColumn('internetChargeType', 'text', (column) => column.notNull())
      .addColumn('isp', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('instanceId', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('eipsKey', ['id'])
      .execute();
    await db.schema.createIndex('eipsByAccountIdRegionId').on('eips').columns(['accountId', 'regionId']).execute();
    await db.schema.createIndex('eipsByInstanceId').on('eips').columns(['instanceId']).execute();
  },
};
