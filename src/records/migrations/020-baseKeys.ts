import type { Kysely, Migration } from 'kysely';

export const baseKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('disks').addColumn('baseKmsKeyId', 'text').execute();
  },
};
