import type { Kysely, Migration } from 'kysely';

/** Terms of shares, what an account sets for its images, protection, the recycle bin, and finding what was made from an image. */
export const imageExtensions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('imageShares')
      .addColumn('isPending', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('imageShares')
      .addColumn('note', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema.alterTable('imageShares').addColumn('endsAt', 'bigint').execute();
    await db.schema
      .createTable('imageSettings')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('shareAcceptance', 'text', (column) => column.notNull())
      .addColumn('sharing', 'text', (column) => column.notNull())
      .addColumn('recycleBinDays', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('imageSettingsKey', ['accountId'])
      .execute();
    await db.schema
      .createTable('allowedPublishers')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('publisher', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('allowedPublishersKey', ['accountId', 'publisher'])
      .execute();
    await db.schema
      .createTable('protectedImages')
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('protectedImagesKey', ['imageId'])
      .execute();
    await db.schema
      .createTable('recycledImages')
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addColumn('recycledAt', 'bigint', (column) => column.notNull())
      .addColumn('purgesAt', 'bigint', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('recycledImagesKey', ['imageId'])
      .execute();
    await db.schema.createIndex('imageSharesByEndsAt').on('imageShares').columns(['endsAt']).execute();
    await db.schema.createIndex('imagesBySourceImageId').on('images').columns(['sourceImageId']).execute();
  },
};
