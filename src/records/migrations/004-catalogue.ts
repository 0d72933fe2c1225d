import type { Kysely, Migration } from 'kysely';

/** Disks of public images; and these are everybody's: whether an account uses one in a region is asked without reading others' instances. */
export const catalogue: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('disks')
      .addColumn('baseIsAway', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.dropIndex('instancesByImageId').execute();
    await db.schema
      .createIndex('instancesByImageIdAccountIdRegionId')
      .on('instances')
      .columns(['imageId', 'accountId', 'regionId'])
      .execute();
  },
};
