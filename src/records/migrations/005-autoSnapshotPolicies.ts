import type { Kysely, Migration } from 'kysely';

export const autoSnapshotPolicies: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('autoSnapshotPolicies')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('timePoints', 'text', (column) => column.notNull())
      .addColumn('repeatWeekdays', 'text', (column) => column.notNull())
      .addColumn('retentionDays', 'bigint')
      .addColumn('copyRegionId', 'text')
      .addColumn('copiedRetentionDays', 'bigint')
      .addColumn('copyKmsKeyId', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('nextAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('autoSnapshotPoliciesKey', ['id'])
      .execute();
    await db.schema
      .createIndex('autoSnapshotPoliciesByAccountIdRegionIdCreatedAt')
      .on('autoSnapshotPolicies')
      .columns(['accountId', 'regionId', 'createdAt'])
      .execute();
    await db.schema.createIndex('disksByAutoSnapshotPolicyId').on('disks').columns(['autoSnapshotPolicyId']).execute();
  },
};
