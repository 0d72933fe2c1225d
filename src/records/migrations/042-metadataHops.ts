import type { Kysely, Migration } from 'kysely';

export const metadataHops: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('instances')
      .addColumn('httpHopLimit', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
  },
};
