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

/** A subquery: the ids of those resources that bear every one of the tags (`value` null: any). */
export function idsWithTags(
  db: Db,
  of: Omit<Tagged, 'resourceId'>,
  tags: readonly { key: string; value: string | null }[],
) {
  const withTag = ({ key, value }: { key: string; value: string | null }) => {
    const query = db
      .selectFrom('tags')
      .select('resourceId')
      .where('accountId', '=', of.accountId)
      .where('resourceType', '=', of.resourceType)
      .where('key', '=', key)
      .where('regionId', '=', of.regionId);
    return value === null ? query : query.where('value', '=', value);
  };
  const [first, ...others] = tags;
  return others.reduce(
    (query, tag) => query.where('resourceId', 'in', withTag(tag)),
    withTag(first ?? { key: '', value: null }),
  );
}
