import type { Db } from '../records/database.ts';
import { isTagKey, isTagValue } from '../rules/names.ts';
import { quotas } from '../rules/quotas.ts';
import * as tagRows from '../records/tables/tags.ts';
import type { Call } from './call.ts';
import { lists } from './lists.ts';

/** A tag as requests write it. */
export interface TagInput {
  key?: string | undefined;
  value?: string | undefined;
}

/** A tag as responses show it. */
export interface TagShown {
  tagKey: string;
  tagValue: string;
}

export interface TaggedResource {
  /** Lower case, as `TagResources` takes it: `instance`, `image`, `securitygroup`, `keypair` … */
  resourceType: string;
  resourceId: string;
  regionId: string;
}

/**
 * Sets the tags that a create action or `TagResources` names; a key that is set already takes the new value.
 * Refuses malformed keys and values, a key given twice and more than 20 tags, with the codes that the action lists.
 */
export async function saveTags(
  call: Call,
  resource: TaggedResource,
  tags: readonly TagInput[] | undefined,
): Promise<void> {
  const wanted = checkedTags(call, tags);
  if (wanted.length === 0) return;
  const owned = { ...resource, accountId: call.accountId };
  await tagRows.setTags(call.db, owned, wanted);
  if ((await tagRows.countTags(call.db, owned)) > quotas.tagsOfResource) throw tooManyOnResource(call);
}

/** When two keys are one. ImportImage alone says it otherwise. */
const CASED = { code: 'Duplicate.TagKey', spell: (key: string) => key };
const CASELESS = { code: 'TagKey.Duplication', spell: (key: string) => key.toLowerCase() };

/** The tags of a request, each with a key and a value; absent ones are no tags. */
export function checkedTags(call: Call, tags: readonly TagInput[] | undefined): { key: string; value: string }[] {
  const wanted = (tags ?? []).map(({ key = '', value = '' }) => ({ key, value }));
  if (wanted.length > quotas.tagsOfResource) throw tooManyInRequest(call);
  for (const { key, value } of wanted) {
    if (!isTagKey(key)) throw call.error('InvalidTagKey.Malformed');
    if (!isTagValue(value)) throw call.error('InvalidTagValue.Malformed');
  }
  const { code, spell } = call.actionName === 'ImportImage' ? CASELESS : CASED;
  if (new Set(wanted.map(({ key }) => spell(key))).size < wanted.length) throw call.error(code);
  return wanted;
}

/**
 * The tags of each resource, none for what has none. `owner` narrows them to those that one account gave in one region: needed where the
 * reader may be another account (shared images) or the id is no id (key pairs go by name).
 */
export async function tagsOf(
  db: Db,
  resourceType: string,
  ids: readonly string[],
  owner?: { accountId: string; regionId: string },
): Promise<Map<string, TagShown[]>> {
  const found = new Map<string, TagShown[]>(ids.map((id) => [id, []]));
  for (const row of await tagRows.tagsOfResources(db, resourceType, ids, owner)) {
    found.get(row.resourceId)?.push({ tagKey: row.key, tagValue: row.value });
  }
  return found;
}

/** Gives `to` all tags that the caller gave `from`. */
export async function copyTags(call: Call, from: TaggedResource, to: TaggedResource): Promise<void> {
  const owner = { accountId: call.accountId, regionId: from.regionId };
  const rows = await tagRows.tagsOfResources(call.db, from.resourceType, [from.resourceId], owner);
  await tagRows.setTags(call.db, { ...to, accountId: call.accountId }, rows);
}

/** Takes all tags off resources that are going away. */
export const deleteTags = tagRows.deleteTags;

/**
 * For Describe actions' `Tag.N` filter: the condition that `idColumn` bears all the tags, or null when none are asked for.
 * A tag without a value matches any value.
 *
 *     const tagged = tagFilter(call, { resourceType: 'disk', regionId }, request.tag);
 *     if (tagged) query = query.where('id', 'in', tagged);
 */
export function tagFilter(
  call: Call,
  of: { resourceType: string; regionId: string },
  tags: readonly TagInput[] | undefined,
) {
  const wanted = tags ?? [];
  if (wanted.length === 0) return null;
  if (wanted.length > quotas.tagsOfResource) throw call.error('InvalidTagCount');
  if (wanted.some(({ key }) => !key)) throw call.error('InvalidTag.Mismatch');
  return tagRows.idsWithTags(
    call.db,
    { ...of, accountId: call.accountId },
    wanted.map(({ key = '', value }) => ({ key, value: value || null })),
  );
}

function tooManyInRequest(call: Call) {
  if (lists(call, 'NumberExceed.Tags')) return call.error('NumberExceed.Tags');
  if (lists(call, 'QuotaExceed.Tags')) return tooManyOnResource(call);
  return call.error('InvalidTagCount');
}

function tooManyOnResource(call: Call) {
  if (lists(call, 'OperationDenied.QuotaExceed')) return call.error('OperationDenied.QuotaExceed');
  return call.error('QuotaExceed.Tags', { values: [`A resource bears at most ${quotas.tagsOfResource} tags.`] });
}
