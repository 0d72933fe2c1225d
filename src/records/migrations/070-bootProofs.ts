import type { Kysely, Migration } from 'kysely';

/** Images that are booted once before they are Available. */
export const bootProofs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('imageSettings')
      .addColumn('bootProof', 'text', (column) => column.notNull().defaultTo('off'))
      .execute();
    await db.schema
      .createTable('bootProofs')
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('reached', 'text')
      .addColumn('reason', 'text')
      .addColumn('startedAt', 'bigint')
      .addColumn('endedAt', 'bigint')
      .addColumn('consoleOutput', 'text')
      .addColumn('screenshot', 'text')
      .addPrimaryKeyConstraint('bootProofsKey', ['imageId'])
      .execute();
  },
};
