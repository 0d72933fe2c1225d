import { isResourceGroupId } from '../rules/names.ts';
import type { Call } from './call.ts';

/** The group that a new resource is put into; empty: the default group. */
export function checkResourceGroup(call: Call, resourceGroupId: string | undefined): string {
  if (resourceGroupId === undefined) return '';
  if (!isResourceGroupId(resourceGroupId)) throw call.error('InvalidResourceGroup.NotFound');
  return resourceGroupId;
}
