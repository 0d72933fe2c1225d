import { sql } from 'kysely';
import type { SnapshotStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { SnapshotRow } from './snapshots.ts';
import type { idsWithTags } from './tags.ts';

/** Snapshots of several disks, all of one moment. Its members' rows name it; its state is theirs. */
export interface SnapshotGroupRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  /** The instance whose disks they are; null for disks that were named one by one. */
  instanceId: string | null;
  resourceGroupId: string;
  createdAt: number;
}

export interface SnapshotGroupFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  /** LIKE pattern with `\\` as escape. */
  name?: string | undefined;
  instanceId?: string | undefined;
  resourceGroupId?: string | undefined;
  statuses?: readonly SnapshotStatus[] | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export async function findSnapshotGroup(
  db: Db,
  place: { accountId: string; regionId: string },
  id: string,
): Promise<SnapshotGroupRow | undefined> {
  return db
    .selectFrom('snapshotGroups')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', place.accountId)
    .where('regionId', '=', place.regionId)
    .executeTakeFirst();
}

export async function listSnapshotGroups(
  db: Db,
  filter: SnapshotGroupFilter,
  window: ListWindow,
): Promise<{ rows: SnapshotGroupRow[]; total: number }> {
  const has = (status: SnapshotStatus) =>
    sql<boolean>`exists (select 1 from "snapshots" as "members" where "members"."snapshotGroupId" = "snapshotGroups"."id" and "members"."status" = ${status})`;
  let query = db
    .selectFrom('snapshotGroups')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.name !== undefined, (q) => q.where(sql<boolean>`name like ${filter.name} escape '\\'`))
    .$if(filter.instanceId !== undefined, (q) => q.where('instanceId', '=', filter.instanceId!))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  if (filter.statuses) {
    // As `groupStatus` says it.
    const is = {
      progressing: has('progressing'),
      failed: sql<boolean>`not ${has('progressing')} and ${has('failed')}`,
      accomplished: sql<boolean>`not ${has('progressing')} and not ${has('failed')}`,
    };
    query = query.where((eb) => eb.or(filter.statuses!.map((status) => is[status])));
  }
  return inWindow(query, window);
}

/** The snapshots of each group, in the order in which they were made. */
export async function membersOf(db: Db, groupIds: readonly string[]): Promise<Map<string, SnapshotRow[]>> {
  const members = new Map<string, SnapshotRow[]>(groupIds.map((id) => [id, []]));
  if (groupIds.length === 0) return members;
  const rows = await db
    .selectFrom('snapshots')
    .selectAll()
    .where('snapshotGroupId', 'in', groupIds)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  for (const row of rows) members.get(row.snapshotGroupId!)!.push(row);
  return members;
}

export async function insertSnapshotGroup(db: Db, row: SnapshotGroupRow): Promise<void> {
  await db.insertInto('snapshotGroups').values(row).execute();
}

export async function updateSnapshotGroup(db: Db, id: string, change: Partial<SnapshotGroupRow>): Promise<void> {
  await db.updateTable('snapshotGroups').set(change).where('id', '=', id).execute();
}

/** Members that are still there are snapshots of no group afterwards. */
export async function deleteSnapshotGroup(db: Db, id: string): Promise<void> {
  await db.updateTable('snapshots').set({ snapshotGroupId: null }).where('snapshotGroupId', '=', id).execute();
  await db.deleteFrom('snapshotGroups').where('id', '=', id).execute();
}
