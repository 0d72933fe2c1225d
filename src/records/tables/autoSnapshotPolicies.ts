import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

/** When the disks that name it are snapshot of themselves. */
export interface AutoSnapshotPolicyRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  /** JSON array of hours in UTC+8, as the API shows it: `["0","12"]`. */
  timePoints: string;
  /** JSON array of days, 1 is Monday: `["1","7"]`. */
  repeatWeekdays: string;
  /** null: for ever. */
  retentionDays: number | null;
  /** Where each snapshot is copied to; null: nowhere. */
  copyRegionId: string | null;
  copiedRetentionDays: number | null;
  /** What copies are encrypted under there; null: nothing, and what is encrypted is not copied. */
  copyKmsKeyId: string | null;
  resourceGroupId: string;
  createdAt: number;
  /** The next time point. */
  nextAt: number;
}

interface Place {
  accountId: string;
  regionId: string;
}

export interface PolicyFilter extends Place {
  id?: string | undefined;
  name?: string | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

/** A policy of the account, in any region. */
export async function findPolicy(db: Db, accountId: string, id: string): Promise<AutoSnapshotPolicyRow | undefined> {
  return db
    .selectFrom('autoSnapshotPolicies')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

export async function listPolicies(
  db: Db,
  filter: PolicyFilter,
  window: ListWindow,
): Promise<{ rows: AutoSnapshotPolicyRow[]; total: number }> {
  let query = db
    .selectFrom('autoSnapshotPolicies')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.id !== undefined, (q) => q.where('id', '=', filter.id!))
    .$if(filter.name !== undefined, (q) => q.where(sql<boolean>`name like ${filter.name} escape '\\'`))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

export async function countPolicies(db: Db, { accountId, regionId }: Place): Promise<number> {
  const { count } = await db
    .selectFrom('autoSnapshotPolicies')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** How many disks each policy is applied to. */
export async function countPolicyDisks(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map(ids.map((id) => [id, 0]));
  if (ids.length === 0) return counts;
  const rows = await db
    .selectFrom('disks')
    .select((eb) => ['autoSnapshotPolicyId', eb.fn.countAll<number>().as('count')])
    .where('autoSnapshotPolicyId', 'in', ids)
    .groupBy('autoSnapshotPolicyId')
    .execute();
  for (const { autoSnapshotPolicyId, count } of rows) counts.set(autoSnapshotPolicyId!, Number(count));
  return counts;
}

export async function insertPolicy(db: Db, row: AutoSnapshotPolicyRow): Promise<void> {
  await db.insertInto('autoSnapshotPolicies').values(row).execute();
}

export async function updatePolicy(db: Db, id: string, change: Partial<AutoSnapshotPolicyRow>): Promise<void> {
  await db.updateTable('autoSnapshotPolicies').set(change).where('id', '=', id).execute();
}

/** Takes it off its disks, too. */
export async function deletePolicy(db: Db, id: string): Promise<void> {
  await db.updateTable('disks').set({ autoSnapshotPolicyId: null }).where('autoSnapshotPolicyId', '=', id).execute();
  await db.deleteFrom('autoSnapshotPolicies').where('id', '=', id).execute();
}
