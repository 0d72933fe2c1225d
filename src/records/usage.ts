import type { Db } from './database.ts';

/** What an account uses in a region: summed over rows, for its attributes. */

interface Owner {
  accountId: string;
  regionId: string;
}

export async function instancesInUse(
  db: Db,
  { accountId, regionId }: Owner,
): Promise<{ zoneId: string; instanceType: string; count: number }[]> {
  const rows = await db
    .selectFrom('instances')
    .select((eb) => ['zoneId' as const, 'instanceType' as const, eb.fn.countAll<number>().as('count')])
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .where('chargeType', '=', 'PostPaid')
    .groupBy(['zoneId', 'instanceType'])
    .orderBy('zoneId')
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export async function diskGibInUse(
  db: Db,
  { accountId, regionId }: Owner,
): Promise<{ zoneId: string; category: string; sizeGib: number }[]> {
  const rows = await db
    .selectFrom('disks')
    .select((eb) => ['zoneId' as const, 'category' as const, eb.fn.sum<number>('sizeGib').as('sizeGib')])
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .where('chargeType', '=', 'PostPaid')
    .groupBy(['zoneId', 'category'])
    .orderBy('zoneId')
    .orderBy('category')
    .execute();
  return rows.map((row) => ({ ...row, sizeGib: Number(row.sizeGib) }));
}

/** Snapshots of a region, and what they hold, each counted by what had changed since the one before. */
export async function snapshotUsage(
  db: Db,
  { accountId, regionId }: Owner,
): Promise<{ count: number; sizeBytes: number }> {
  const row = await db
    .selectFrom('snapshots')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.sum<number | null>('storedBytes').as('sizeBytes')])
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), sizeBytes: Number(row.sizeBytes ?? 0) };
}
