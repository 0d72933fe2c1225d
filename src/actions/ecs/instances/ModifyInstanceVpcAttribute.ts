import type { RequestOf } from '../../../contract/sdk.ts';
import { setSecurityGroups, updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { findVpc, findVSwitch, type VSwitchRow } from '../../../records/tables/networks.ts';
import type { SecurityGroupRow } from '../../../records/tables/securityGroups.ts';
import { isUsableAddress, parseAddress } from '../../../rules/cidr.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { allocateAddresses, checkedGroups } from './launchNetwork.ts';
import { ownInstance } from './ownInstance.ts';

type Request = RequestOf<'Ecs', 'ModifyInstanceVpcAttribute'> & { vSwitchId: string };

/** Another address, vSwitch or VPC of a stopped instance; its interface goes with it. */
export const ModifyInstanceVpcAttribute = action(
  'Ecs',
  'ModifyInstanceVpcAttribute',
  { access: 'write', required: ['instanceId', 'vSwitchId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    const vSwitch = await chooseVSwitch(call, request, row);
    const groups = await chooseGroups(call, request, row);
    const { privateIpAddress: wanted = null } = request;
    if (wanted !== null && parseAddress(wanted) === null) throw call.error('InvalidPrivateIpAddress.Malformed');
    if (wanted !== null && !isUsableAddress(vSwitch.cidrBlock, wanted))
      throw call.error('InvalidPrivateIpAddress.Mismatch');
    if (!allows(instanceCan.changeVpc, row.status)) throw incorrectStatus(call, row);
    const stays = vSwitch.id === row.vSwitchId && (wanted ?? row.privateIp) === row.privateIp;
    const launch = { vSwitch, groups: groups ?? [], firstAddress: wanted };
    const [address] = stays ? [row] : await allocateAddresses(call, launch, { amount: 1, atLeast: 1 });
    await updateInstance(call.db, row.id, {
      vpcId: vSwitch.vpcId,
      vSwitchId: vSwitch.id,
      privateIp: address!.privateIp,
    });
    if (groups) {
      await setSecurityGroups(
        call.db,
        row.id,
        groups.map(({ id }) => id),
      );
    }
    return {};
  },
);

/** Of the instance's zone, in its VPC or the one that is named. */
async function chooseVSwitch(call: Call, { vSwitchId, vpcId }: Request, row: InstanceRow): Promise<VSwitchRow> {
  const vSwitch = await findVSwitch(call.db, call.accountId, vSwitchId);
  if (vSwitch?.regionId !== row.regionId) {
    throw call.error('InvalidVSwitchId.NotFound', { about: 'Specified virtual switch does not exist' });
  }
  if (vpcId !== undefined && (await findVpc(call.db, call.accountId, vpcId))?.regionId !== row.regionId) {
    throw call.error('InvalidVpcId.NotFound', { about: 'Specified VPC does not exist' });
  }
  if (vSwitch.vpcId !== (vpcId ?? row.vpcId)) {
    throw call.error('InvalidVSwitchId.NotFound', { about: vpcId === undefined ? 'current VPC' : 'does not exist' });
  }
  if (vSwitch.zoneId !== row.zoneId) throw call.error('InvalidVSwitchId.Mismatch');
  return vSwitch;
}

/** A new VPC takes groups of its own; null: it stays in those that it is in. */
async function chooseGroups(call: Call, request: Request, row: InstanceRow): Promise<SecurityGroupRow[] | null> {
  const ids = [...new Set(request.securityGroupId)];
  if (request.vpcId === undefined || (request.vpcId === row.vpcId && ids.length === 0)) {
    if (ids.length === 0) return null;
    throw call.error('InvalidParameter', { hint: 'SecurityGroupId.N goes with VpcId.' });
  }
  if (ids.length === 0) throw call.error('MissingParameter', { hint: 'SecurityGroupId.N' });
  const groups = await checkedGroups(call, row.regionId, ids);
  if (groups.some(({ vpcId }) => vpcId !== request.vpcId)) {
    throw call.error('InvalidOperation.VpcMismatch', { values: ['A security group is in another VPC.'] });
  }
  return groups;
}
