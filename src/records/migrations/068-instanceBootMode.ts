import { sql, type Kysely, type Migration } from 'kysely';

/** How instances boot: as their images do, which may be gone. */
export const instanceBootMode: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('instances')
      .addColumn('bootMode', 'text', (column) => column.notNull().defaultTo('BIOS'))
      .execute();
    await sql`UPDATE instances SET "bootMode" = images."bootMode" FROM images WHERE images.id = instances."imageId"`.execute(
      db,
    );
  },
};
