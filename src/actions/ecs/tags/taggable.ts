import type { Call } from '../../call.ts';

/** Types whose resources live in a table here, each with the column that names them. */
const tables = {
  command: { table: 'commands', name: 'id' },
  disk: { table: 'disks', name: 'id' },
  image: { table: 'images', name: 'id' },
  instance: { table: 'instances', name: 'id' },
  invocation: { table: 'invocations', name: 'id' },
  keypair: { table: 'keyPairs', name: 'name' },
  securitygroup: { table: 'securityGroups', name: 'id' },
  snapshot: { table: 'snapshots', name: 'id' },
  snapshotpolicy: { table: 'autoSnapshotPolicies', name: 'id' },
} as const;

type Stored = keyof typeof tables;

/** Types that the vendor tags and that nothing here makes: all their ids are unknown. */
const others = ['ddh', 'eni', 'launchtemplate', 'reservedinstance', 'volume'] as const;

export type ResourceType = Stored | (typeof others)[number];

/** In lower case, as tags are kept; refuses what is no type. */
export function checkResourceType(call: Call, text: string): ResourceType {
  const type = text.toLowerCase();
  const known: readonly string[] = [...Object.keys(tables), ...others];
  if (!known.includes(type)) throw call.error('InvalidResourceType.NotFound', { about: 'in our records' });
  return type as ResourceType;
}

/** Refuses unless all are resources of the caller in the region; somebody else's answers like none. */
export async function checkResources(
  call: Call,
  of: { resourceType: ResourceType; regionId: string },
  ids: readonly string[],
): Promise<void> {
  const stored = (tables as Partial<Record<ResourceType, (typeof tables)[Stored]>>)[of.resourceType];
  const found = stored ? await existing(call, stored, of.regionId, ids) : 0;
  if (found < new Set(ids).size) throw call.error('InvalidResourceId.NotFound');
}

async function existing(
  call: Call,
  { table, name }: (typeof tables)[Stored],
  regionId: string,
  ids: readonly string[],
): Promise<number> {
  // Kysely can't follow a table that is one of several: they have these columns in common.
  let query = call.db
    .selectFrom(table as 'images')
    .select('id')
    .where('accountId', '=', call.accountId)
    .where('regionId', '=', regionId)
    .where(name as 'id', 'in', ids);
  if (table === 'images') query = query.where('deletedAt', 'is', null);
  return (await query.execute()).length;
}
