import type { Kysely, Migration } from 'kysely';

export const kmsKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('kmsKeys')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('material', 'text', (column) => column.notNull())
      .addColumn('versionId', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('creator', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('rotationSeconds', 'bigint')
      .addColumn('deletionProtection', 'integer', (column) => column.notNull())
      .addColumn('protectionDescription', 'text', (column) => column.notNull())
      .addColumn('deletesAt', 'bigint')
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('kmsKeysKey', ['id'])
      .execute();
    await db.schema
      .createTable('kmsAliases')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('keyId', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('kmsAliasesKey', ['accountId', 'regionId', 'name'])
      .execute();
    await db.schema
      .createIndex('kmsKeysByAccountIdRegionIdCreatedAt')
      .on('kmsKeys')
      .columns(['accountId', 'regionId', 'createdAt'])
      .execute();
    await db.schema.createIndex('kmsAliasesByKeyId').on('kmsAliases').column('keyId').execute();
  },
};
