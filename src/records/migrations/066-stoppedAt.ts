import type { Kysely, Migration } from 'kysely';

/** When an instance was last stopped: which disks its guest has not seen. Null: never, or before this was kept. */
export const stoppedAt: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('instances').addColumn('stoppedAt', 'bigint').execute();
  },
};
