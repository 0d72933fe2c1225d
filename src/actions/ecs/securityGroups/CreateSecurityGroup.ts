import { findVpc } from '../../../records/tables/networks.ts';
import { countSecurityGroups, insertSecurityGroup } from '../../../records/tables/securityGroups.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { checkGroupNames } from './group.ts';

export const CreateSecurityGroup = action('Ecs', 'CreateSecurityGroup', { access: 'write' }, async (request, call) => {
  const { regionId, idInfix } = call.region(request.regionId);
  refuseUnbuilt(call, { ServiceManaged: request.serviceManaged });
  checkGroupNames(call, request);
  const type = checkedType(call, request.securityGroupType);
  const vpcId = request.vpcId ?? null;
  if (vpcId !== null) await needVpc(call, regionId, vpcId);
  if (vpcId === null && type === 'enterprise') throw call.error('InvalidVpcId.NotFound', { about: 'must not empty' });
  const owner = { accountId: call.accountId, regionId };
  if ((await countSecurityGroups(call.db, owner)) >= (await call.quota('securityGroups'))) {
    throw call.error('QuotaExceed.SecurityGroup');
  }

  const id = call.ids.resource('sg', idInfix);
  await insertSecurityGroup(call.db, {
    ...owner,
    id,
    vpcId,
    name: request.securityGroupName ?? '',
    description: request.description ?? '',
    type,
    innerAccessPolicy: type === 'normal' ? 'Accept' : 'Drop',
    resourceGroupId: checkResourceGroup(call, request.resourceGroupId),
    createdAt: call.clock.now(),
  });
  await saveTags(call, { resourceType: 'securitygroup', resourceId: id, regionId }, request.tag);
  return { securityGroupId: id };
});

function checkedType(call: Call, type = 'normal'): 'normal' | 'enterprise' {
  if (type === 'normal' || type === 'enterprise') return type;
  throw call.error('InvalidParameter', { hint: 'SecurityGroupType is normal or enterprise.' });
}

async function needVpc(call: Call, regionId: string, vpcId: string): Promise<void> {
  const vpc = await findVpc(call.db, call.accountId, vpcId);
  if (vpc?.regionId !== regionId) throw call.error('InvalidVpcId.NotFound', { about: 'Specified VPC does not exist' });
}
