import type { Kysely, Migration } from 'kysely';

/** Instances that run, and have nothing on their system disk that a machine could boot. */
export const hasNoSystem: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('instances')
      .addColumn('hasNoSystem', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
