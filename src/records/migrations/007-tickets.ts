import type { Kysely, Migration } from 'kysely';

export const tickets: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('tickets')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('imageId', 'text')
      .addColumn('quotaName', 'text')
      .addColumn('quotaValue', 'bigint')
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('note', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('decidedAt', 'bigint')
      .addPrimaryKeyConstraint('ticketsKey', ['id'])
      .execute();
    await db.schema.createIndex('ticketsByAccountId').on('tickets').columns(['accountId', 'kind', 'status']).execute();
  },
};
