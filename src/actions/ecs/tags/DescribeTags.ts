import type { ResponseOf } from '../../../contract/sdk.ts';
import { listDistinctTags } from '../../../records/tables/tags.ts';
import { isTagKey, isTagValue } from '../../../rules/names.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { pageFor } from '../../page.ts';
import type { TagInput } from '../../tags.ts';
import { checkResourceType, type ResourceType } from './taggable.ts';

type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeTags'>['tags']>['tag']>[number];
type Counts = NonNullable<Item['resourceTypeCount']>;

/** Each tag in use, once, with how many resources of each type bear it. */
export const DescribeTags = action('Ecs', 'DescribeTags', { access: 'read' }, async (request, call) => {
  const { regionId } = call.region(request.regionId);
  const page = pageFor(call, request, { maxSize: 100, defaultSize: 50 });
  const { rows, total } = await listDistinctTags(
    call.db,
    {
      accountId: call.accountId,
      regionId,
      resourceType: request.resourceType === undefined ? undefined : checkResourceType(call, request.resourceType),
      resourceId: request.resourceId,
      tags: wantedTags(call, request.tag),
    },
    page,
  );
  return {
    totalCount: total,
    pageNumber: page.number,
    pageSize: page.size,
    tags: {
      tag: rows.map(({ key, value, counts }) => ({
        tagKey: key,
        tagValue: value,
        resourceTypeCount: countsOf(counts),
      })),
    },
  };
});

function wantedTags(call: Call, tags: readonly TagInput[] | undefined): { key: string; value: string | null }[] {
  const wanted = (tags ?? []).map(({ key = '', value }) => ({ key, value: value ?? null }));
  if (wanted.length > quotas.tagsOfResource) throw call.error('InvalidTagCount');
  for (const { key, value } of wanted) {
    if (!isTagKey(key)) throw call.error('InvalidTagKey.Malformed');
    if (value !== null && !isTagValue(value)) throw call.error('InvalidTagValue.Malformed');
  }
  return wanted;
}

/** The response's names for the types. */
const countFields: Partial<Record<ResourceType, keyof Counts>> = {
  ddh: 'ddh',
  disk: 'disk',
  eni: 'eni',
  image: 'image',
  instance: 'instance',
  keypair: 'keyPair',
  launchtemplate: 'launchTemplate',
  reservedinstance: 'reservedInstance',
  securitygroup: 'securitygroup',
  snapshot: 'snapshot',
  snapshotpolicy: 'snapshotPolicy',
  volume: 'volume',
};

function countsOf(counts: ReadonlyMap<string, number>): Counts {
  const shown: Counts = {};
  for (const [type, field] of Object.entries(countFields)) shown[field] = counts.get(type) ?? 0;
  return shown;
}
