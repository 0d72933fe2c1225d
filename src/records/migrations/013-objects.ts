import type { Kysely, Migration } from 'kysely';

/** Buckets and what is in them. What the columns mean stands with the row types in `../tables/`. */
export const objects: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('buckets')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('acl', 'text', (column) => column.notNull())
      .addColumn('storageClass', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('bucketsKey', ['name'])
      .execute();
    await db.schema
      .createTable('objects')
      .addColumn('bucket', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('contentId', 'text', (column) => column.notNull())
      .addColumn('sizeBytes', 'bigint', (column) => column.notNull())
      .addColumn('etag', 'text', (column) => column.notNull())
      .addColumn('crc64', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('acl', 'text', (column) => column.notNull())
      .addColumn('storageClass', 'text', (column) => column.notNull())
      .addColumn('headers', 'text', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('modifiedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('objectsKey', ['bucket', 'key'])
      .execute();
    await db.schema
      .createTable('contentParts')
      .addColumn('contentId', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('blob', 'text', (column) => column.notNull())
      .addColumn('sizeBytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('contentPartsKey', ['contentId', 'position'])
      .execute();
    await db.schema
      .createTable('uploads')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('bucket', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('acl', 'text', (column) => column.notNull())
      .addColumn('storageClass', 'text', (column) => column.notNull())
      .addColumn('headers', 'text', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('uploadsKey', ['id'])
      .execute();
    await db.schema
      .createTable('uploadParts')
      .addColumn('uploadId', 'text', (column) => column.notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('blob', 'text', (column) => column.notNull())
      .addColumn('sizeBytes', 'bigint', (column) => column.notNull())
      .addColumn('etag', 'text', (column) => column.notNull())
      .addColumn('crc64', 'text', (column) => column.notNull())
      .addColumn('modifiedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('uploadPartsKey', ['uploadId', 'number'])
      .execute();
    for (const [name, table, ...columns] of [
      ['bucketsByAccountId', 'buckets', 'accountId'],
      ['objectsByContentId', 'objects', 'contentId'],
      ['contentPartsByBlob', 'contentParts', 'blob'],
      ['uploadsByBucketKey', 'uploads', 'bucket', 'key', 'id'],
    ] as const) {
      await db.schema.createIndex(name).on(table).columns(columns).execute();
    }
  },
};
