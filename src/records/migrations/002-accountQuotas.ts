import type { Kysely, Migration } from 'kysely';

export const accountQuotas: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('accountQuotas')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('value', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('accountQuotasKey', ['accountId', 'name'])
      .execute();
  },
};
