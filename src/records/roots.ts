import type { Db } from './database.ts';

/**
 * Every map root that a region's rows reach: what garbage collection keeps and `verify` checks. A disk that is being re-initialised
 * counts twice, since it falls back to its former content when that fails.
 */
export async function regionRoots(db: Db, regionId: string): Promise<string[]> {
  const snapshots = await db
    .selectFrom('snapshots')
    .select('root')
    .where('regionId', '=', regionId)
    .where('root', 'is not', null)
    .execute();
  const disks = await db
    .selectFrom('disks')
    .select(['baseRoot', 'lastRoot'])
    .where('regionId', '=', regionId)
    .execute();
  const reInits = await db
    .selectFrom('jobs')
    .select('input')
    .where('regionId', '=', regionId)
    .where('kind', '=', 'reInitDisk')
    .where('status', 'in', ['waiting', 'running'])
    .execute();
  const roots = new Set<string | null>();
  for (const { root } of snapshots) roots.add(root);
  const formers = reInits.map(
    ({ input }) => (JSON.parse(input) as { old: { baseRoot: string | null; lastRoot: string | null } }).old,
  );
  for (const { baseRoot, lastRoot } of [...disks, ...formers]) roots.add(baseRoot).add(lastRoot);
  roots.delete(null);
  return [...roots] as string[];
}

/** Of the roots whose content is encrypted: root → KMS key. */
export async function rootKeys(db: Db, regionId: string): Promise<Map<string, string>> {
  const snapshots = await db
    .selectFrom('snapshots')
    .select(['root', 'kmsKeyId'])
    .where('regionId', '=', regionId)
    .where('kmsKeyId', 'is not', null)
    .execute();
  const disks = await db
    .selectFrom('disks')
    .select(['baseRoot', 'baseKmsKeyId', 'lastRoot', 'kmsKeyId'])
    .where('regionId', '=', regionId)
    .execute();
  const pairs = [
    ...snapshots.map(({ root, kmsKeyId }) => [root, kmsKeyId] as const),
    ...disks.flatMap(({ baseRoot, baseKmsKeyId, lastRoot, kmsKeyId }) => [
      [baseRoot, baseKmsKeyId] as const,
      [lastRoot, kmsKeyId] as const,
    ]),
  ];
  return new Map(pairs.filter((pair): pair is [string, string] => pair[0] !== null && pair[1] !== null));
}

/** Regions that may have roots. */
export async function regionsWithRoots(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('snapshots')
    .select('regionId')
    .union(db.selectFrom('disks').select('regionId'))
    .execute();
  return rows.map(({ regionId }) => regionId).sort();
}
