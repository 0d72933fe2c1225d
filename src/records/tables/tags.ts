import { CATALOGUE_ACCOUNT, EVERY_REGION } from '../../rules/catalogue.ts';
import type { Db } from '../database.ts';

export interface TagRow {
  accountId: string;
  regionId: string;
  /** `instance`, `disk`, `snapshot`, `image`, `securitygroup`, `keypair`, `vpc`, `vswitch` … in lower case. */
  resourceType: string;
  resourceId: string;
  key: string;
  value: string;
}

type Owner = Pick<TagRow, 'accountId' | 'regionId'>;

/** The owner of the system's own tags, on what is everybody's: everybody sees them. */
export const SYSTEM: Owner = { accountId: CATALOGUE_ACCOUNT, regionId: EVERY_REGION };
type Tagged = Omit<TagRow, 'key' | 'value'>;

export async function setTags(db: Db, tagged: Tagged, tags: readonly Pick<TagRow, 'key' | 'value'>[]): Promise<void> {
  if (tags.length === 0) return;
  const { accountId, regionId, resourceType, resourceId } = tagged;
  await db
    .insertInto('tags')
    .values(tags.map(({ key, value }) => ({ accountId, regionId, resourceType, resourceId, key, value })))
    .onConflict((conflict) =>
      conflict
        .columns(['resourceType', 'resourceId', 'key', 'accountId', 'regionId'])
        .doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

export async function countTags(db: Db, tagged: Tagged): Promise<number> {
  const { count } = await db
    .selectFrom('tags')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('resourceType', '=', tagged.resourceType)
    .where('resourceId', '=', tagged.resourceId)
    .where('accountId', '=', tagged.accountId)
    .where('regionId', '=', tagged.regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** By resource and key. */
export async function tagsOfResources(
  db: Db,
  resourceType: string,
  ids: readonly string[],
  owner: Owner | undefined,
): Promise<Pick<TagRow, 'resourceId' | 'key' | 'value'>[]> {
  if (ids.length === 0) return [];
  let query = db
    .selectFrom('tags')
    .select(['resourceId', 'key', 'value'])
    .where('resourceType', '=', resourceType)
    .where('resourceId', 'in', ids)
    .orderBy('resourceId')
    .orderBy('key');
  if (owner) query = query.where('accountId', '=', owner.accountId).where('regionId', '=', owner.regionId);
  return query.execute();
}

/** Takes the tags off the resources: all of them, or those of one owner and of the named keys only. */
export async function deleteTags(
  db: Db,
  resourceType: string,
  ids: readonly string[],
  only: { owner?: Owner; keys?: readonly string[] } = {},
): Promise<void> {
  if (ids.length === 0) return;
  let query = db.deleteFrom('tags').where('resourceType', '=', resourceType).where('resourceId', 'in', ids);
  if (only.owner)
    query = query.where('accountId', '=', only.owner.accountId).where('regionId', '=', only.owner.regionId);
  if (only.keys) query = query.where('key', 'in', only.keys);
  await query.execute();
}

/** A subquery: the ids of those resources that bear every one of the tags (`value` null: any), the owner's or the system's. */
export function idsWithTags(
  db: Db,
  of: Omit<Tagged, 'resourceId'>,
  tags: readonly { key: string; value: string | null }[],
) {
  const withTag = ({ key, value }: { key: string; value: string | null }) => {
    const query = db
      .selectFrom('tags')
      .select('resourceId')
      .where('accountId', 'in', [of.accountId, SYSTEM.accountId])
      .where('resourceType', '=', of.resourceType)
      .where('key', '=', key)
      .where('regionId', 'in', [of.regionId, SYSTEM.regionId]);
    return value === null ? query : query.where('value', '=', value);
  };
  const [first, ...others] = tags;
  return others.reduce(
    (query, tag) => query.where('resourceId', 'in', withTag(tag)),
    withTag(first ?? { key: '', value: null }),
  );
}

export interface TagListFilter extends Owner {
  resourceType: string;
  ids?: readonly string[] | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
  /** Resources that bear each of the keys, with one of its values where some are named. */
  anyOf?: readonly { key: string; values: readonly string[] }[];
}

/** By resource and key, from after a position on. */
export async function listTags(
  db: Db,
  filter: TagListFilter,
  window: { size: number; after: { resourceId: string; key: string } | null },
): Promise<TagRow[]> {
  const owned = db
    .selectFrom('tags')
    .where('resourceType', '=', filter.resourceType)
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId);
  let query = owned.selectAll().orderBy('resourceId').orderBy('key').limit(window.size);
  if (filter.ids) query = query.where('resourceId', 'in', filter.ids);
  if (filter.tagged) query = query.where('resourceId', 'in', filter.tagged);
  for (const { key, values } of filter.anyOf ?? []) {
    const bearers = owned.select('resourceId').where('key', '=', key);
    query = query.where('resourceId', 'in', values.length > 0 ? bearers.where('value', 'in', values) : bearers);
  }
  if (window.after) {
    const { resourceId, key } = window.after;
    query = query.where((eb) => eb(eb.refTuple('resourceId', 'key'), '>', eb.tuple(resourceId, key)));
  }
  return query.execute();
}

export interface DistinctTagFilter extends Owner {
  resourceType?: string | undefined;
  resourceId?: string | undefined;
  /** Any of these (`value` null: any); empty: all. */
  tags: readonly { key: string; value: string | null }[];
}

/** A window of the different tags, by key and value, with the number of resources of each type, and how many there are. */
export async function listDistinctTags(
  db: Db,
  filter: DistinctTagFilter,
  window: { offset: number; size: number },
): Promise<{ rows: { key: string; value: string; counts: Map<string, number> }[]; total: number }> {
  let query = db.selectFrom('tags').where('accountId', '=', filter.accountId).where('regionId', '=', filter.regionId);
  if (filter.resourceType !== undefined) query = query.where('resourceType', '=', filter.resourceType);
  if (filter.resourceId !== undefined) query = query.where('resourceId', '=', filter.resourceId);
  if (filter.tags.length > 0) {
    query = query.where((eb) =>
      eb.or(filter.tags.map(({ key, value }) => eb.and(value === null ? { key } : { key, value }))),
    );
  }
  const distinct = query.select(['key', 'value']).distinct();
  const { total } = await db
    .selectFrom(distinct.as('found'))
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await distinct.orderBy('key').orderBy('value').limit(window.size).offset(window.offset).execute();
  if (rows.length === 0) return { rows: [], total: Number(total) };
  const counted = await query
    .select((eb) => ['key', 'value', 'resourceType', eb.fn.countAll<number>().as('count')])
    .where(
      'key',
      'in',
      rows.map(({ key }) => key),
    )
    .groupBy(['key', 'value', 'resourceType'])
    .execute();
  const countsOf = (row: { key: string; value: string }) =>
    new Map(
      counted
        .filter(({ key, value }) => key === row.key && value === row.value)
        .map(({ resourceType, count }) => [resourceType, Number(count)]),
    );
  return { rows: rows.map((row) => ({ ...row, counts: countsOf(row) })), total: Number(total) };
}
