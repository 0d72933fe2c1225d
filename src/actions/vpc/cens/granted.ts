import type { VpcRow } from '../../../records/tables/networks.ts';
import type { Call } from '../../call.ts';
import { ownVpc } from '../../vpcs.ts';

/** The caller's VPC that a grant is about. */
export async function grantedVpc(
  call: Call,
  request: { regionId?: string; instanceId: string; instanceType?: string },
): Promise<VpcRow> {
  if (request.instanceType !== undefined && request.instanceType !== 'VPC') {
    throw call.error('InvalidParameter', { hint: 'InstanceType: only VPC is built here.' });
  }
  const vpc = await ownVpc(call, request, request.instanceId);
  if (!vpc) throw call.error('InvalidInstanceId.NotFound');
  return vpc;
}
