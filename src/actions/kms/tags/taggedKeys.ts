import type { Call } from '../../call.ts';
import { invalid } from '../invalid.ts';
import { changeableKey } from '../keys/ownKey.ts';
import { placeOf } from '../place.ts';

/** Resources that one call names. */
const RESOURCES_OF_CALL = 50;

interface TagRequest {
  regionId?: string;
  resourceType: string;
  resourceId?: string[];
}

/** What TagResources and its like are about. The product's other resource, the secret, is not here. */
export function readTaggedKeys(call: Call, request: TagRequest): { regionId: string; ids: string[] } {
  if (request.resourceType !== 'key') throw invalid(call, 'ResourceType', 'It is key.');
  const ids = request.resourceId ?? [];
  if (ids.length > RESOURCES_OF_CALL) throw invalid(call, 'ResourceId', `At most ${RESOURCES_OF_CALL} are named.`);
  return { regionId: placeOf(call, request).regionId, ids };
}

/** As `readTaggedKeys`; all of them must be there and the caller's to change. */
export async function changeableKeys(call: Call, request: TagRequest): Promise<{ regionId: string; ids: string[] }> {
  const { regionId, ids } = readTaggedKeys(call, request);
  if (ids.length === 0) throw invalid(call, 'ResourceId', 'At least one is named.');
  for (const keyId of ids) await changeableKey(call, { regionId, keyId });
  return { regionId, ids };
}
