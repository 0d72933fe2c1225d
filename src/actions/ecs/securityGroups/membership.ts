import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { isPrimaryInterface } from '../../../records/tables/securityGroups.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';

/** The caller's instance that JoinSecurityGroup or LeaveSecurityGroup names, in a state that lets its groups change. */
export async function needMember(
  call: Call,
  request: { regionId?: string; instanceId?: string; networkInterfaceId?: string },
  groupRegionId: string,
): Promise<InstanceRow> {
  if (request.networkInterfaceId !== undefined) throw await noInterface(call, request, request.networkInterfaceId);
  if (request.instanceId === undefined) throw call.error('InvalidInstanceId.Malformed');
  const instance = await findInstance(call.db, call.accountId, request.instanceId);
  if (instance?.regionId !== groupRegionId) throw call.error('InvalidInstanceId.NotFound');
  if (!allows(instanceCan.setSecurityGroups, instance.status)) throw call.error('IncorrectInstanceStatus');
  return instance;
}

/** Instances have their primary interface only, and its groups are the instance's. */
async function noInterface(
  call: Call,
  request: { regionId?: string; instanceId?: string },
  networkInterfaceId: string,
) {
  if (request.instanceId !== undefined) {
    const text = 'InstanceId and NetworkInterfaceId exclude each other.';
    return call.error('InvalidParam.EniIdAndInstanceId.Conflict', { values: [text] });
  }
  if (request.regionId === undefined) return call.error('MissingParameter.RegionId');
  if (await isPrimaryInterface(call.db, call.accountId, networkInterfaceId)) {
    const text = 'A primary network interface is in the security groups of its instance.';
    return call.error('InvalidOperation.InvalidEniType', { values: [text] });
  }
  return call.error('InvalidEniId.NotFound', { values: ['The specified NetworkInterfaceId does not exist.'] });
}
