import {
  addMember,
  countMembers,
  findSecurityGroup,
  groupsOfInstance,
  type SecurityGroupRow,
} from '../../../records/tables/securityGroups.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { capacityOf, needGroup } from './group.ts';
import { needMember } from './membership.ts';

export const JoinSecurityGroup = action(
  'Ecs',
  'JoinSecurityGroup',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    const instance = await needMember(call, request, group.regionId);
    if (instance.vpcId !== group.vpcId) throw call.error('InvalidInstanceId.Mismatch');
    const groups = await groupsOfInstance(call.db, instance.id);
    if (groups.includes(group.id)) throw call.error('InvalidInstanceId.AlreadyExists');
    await checkType(call, group, groups);
    if (groups.length >= quotas.securityGroupsOfInstance) {
      throw call.error('InstanceSecurityGroupLimitExceeded', { about: 'Exceeding' });
    }
    const members = (await countMembers(call.db, [group.id])).get(group.id) ?? 0;
    if (members >= capacityOf(group)) {
      throw call.error('SecurityGroupInstanceLimitExceeded', { about: 'maximum number' });
    }
    await addMember(call.db, group.id, instance.id);
    return {};
  },
);

/** An instance is in basic groups or in advanced ones, never in both. */
async function checkType(call: Call, group: SecurityGroupRow, joined: readonly string[]): Promise<void> {
  if (joined[0] === undefined) return;
  const other = await findSecurityGroup(call.db, call.accountId, joined[0]);
  if (other && other.type !== group.type) throw call.error('EnterpriseGroupLimited.MutliGroupType');
}
