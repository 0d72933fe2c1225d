import { sql, type Kysely, type Migration } from 'kysely';

const DAY_MS = 24 * 3600_000;

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
    // Snapshots from before a retention was kept get the job that ends it.
    await sql`
      insert into "jobs" ("id", "sequence", "kind", "accountId", "regionId", "input", "status", "progress", "resourceId",
        "cancelRequested", "attempts", "runAfter", "createdAt")
      select 't-' || substr("id", 3), (select coalesce(max("sequence"), 0) from "jobs") + row_number() over (order by "createdAt", "id"),
        'expireSnapshot', "accountId", "regionId", '{"snapshotId":"' || "id" || '"}', 'waiting', 0, "id",
        0, 0, "createdAt" + "retentionDays" * ${DAY_MS}, "createdAt"
      from "snapshots" where "retentionDays" is not null`.execute(db);
  },
};
