import type { Kysely, Migration } from 'kysely';

/** Who may see an instance's screen: null, nobody yet. */
export const vncPassword: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('instances').addColumn('vncPassword', 'text').execute();
  },
};
