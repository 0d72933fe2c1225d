import type { Kysely, Migration } from 'kysely';

export const snapshotLocks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('snapshotLocks')
      .addColumn('snapshotId', 'text', (column) => column.notNull())
      .addColumn('lockDays', 'bigint', (column) => column.notNull())
      .addColumn('coolOffHours', 'bigint', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('snapshotLocksKey', ['snapshotId'])
      .execute();
  },
};
