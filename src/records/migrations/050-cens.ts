import type { Kysely, Migration } from 'kysely';

/** CEN instances, the VPCs that are attached to them, and what VPCs' owners allow others' CEN instances. */
export const cens: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('cens')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('protectionLevel', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('censKey', ['id'])
      .execute();
    await db.schema.createIndex('censByAccountId').on('cens').columns(['accountId']).execute();
    await db.schema
      .createTable('cenAttachments')
      .addColumn('vpcId', 'text', (column) => column.notNull())
      .addColumn('cenId', 'text', (column) => column.notNull())
      .addColumn('attachedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('cenAttachmentsKey', ['vpcId'])
      .execute();
    await db.schema.createIndex('cenAttachmentsByCenId').on('cenAttachments').columns(['cenId']).execute();
    await db.schema
      .createTable('cenGrants')
      .addColumn('vpcId', 'text', (column) => column.notNull())
      .addColumn('cenId', 'text', (column) => column.notNull())
      .addColumn('cenOwnerId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('cenGrantsKey', ['vpcId', 'cenId', 'cenOwnerId'])
      .execute();
  },
};
