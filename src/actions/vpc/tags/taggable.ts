import { findEip } from '../../../records/tables/eips.ts';
import { findVpc, findVSwitch } from '../../../records/tables/networks.ts';
import type { Call } from '../../call.ts';

const MAX_IDS = 50;

/** Resource types of this product that bear tags, as it spells them, with how the records spell them. */
const TYPES = { EIP: 'eip', VPC: 'vpc', VSWITCH: 'vswitch' } as const;
export type TaggableType = (typeof TYPES)[keyof typeof TYPES];

const FIND = { eip: findEip, vpc: findVpc, vswitch: findVSwitch } as const satisfies Record<TaggableType, unknown>;

interface TagRequest {
  regionId?: string;
  resourceType: string;
  resourceId?: string[];
}

/** The type as the records spell it; the wire's is case-insensitive. */
export function taggableType(call: Call, resourceType: string): TaggableType {
  const type = Object.entries(TYPES).find(([wire]) => wire === resourceType.toUpperCase())?.[1];
  if (!type) throw call.error('InvalidResourceType.NotFound');
  return type;
}

export const wireType = (type: TaggableType): string => type.toUpperCase();

/** The ids, each the caller's own resource of that type in the region. */
export async function taggableIds(call: Call, request: TagRequest): Promise<readonly string[]> {
  const type = taggableType(call, request.resourceType);
  const { regionId } = call.region(request.regionId);
  const ids = [...new Set(request.resourceId)];
  if (ids.length > MAX_IDS) throw call.error('NumberExceed.ResourceIds');
  const find = FIND[type];
  for (const id of ids) {
    const row = await find(call.db, call.accountId, id);
    if (row?.regionId !== regionId) throw call.error('InvalidResourceId.NotFound');
  }
  return ids;
}
