import type { Call } from '../../call.ts';
import { checkResourceType, type ResourceType } from './taggable.ts';

/** Resources that one call names. */
const RESOURCES_OF_CALL = 50;

/** Where, and what, TagResources and its like are about. */
export function readTagCall(
  call: Call,
  request: { regionId?: string; resourceType?: string; resourceId?: string[] },
): { regionId: string; resourceType: ResourceType; ids: string[] } {
  const { regionId, resourceType } = readTagPlace(call, request);
  const ids = request.resourceId ?? [];
  if (ids.length === 0) throw call.error('InvalidResourceId.NotFound', { hint: 'ResourceId.N is mandatory.' });
  return { regionId, resourceType, ids };
}

export function readTagPlace(
  call: Call,
  request: { regionId?: string; resourceType?: string; resourceId?: string[] },
): { regionId: string; resourceType: ResourceType } {
  if (request.regionId === undefined) throw call.error('MissingParameter.RegionId');
  if (request.resourceType === undefined) throw call.error('MissingParameter.ResourceType');
  if ((request.resourceId ?? []).length > RESOURCES_OF_CALL) throw call.error('NumberExceed.ResourceIds');
  const { regionId } = call.region(request.regionId);
  return { regionId, resourceType: checkResourceType(call, request.resourceType) };
}
