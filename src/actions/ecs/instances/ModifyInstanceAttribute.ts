import type { RequestOf } from '../../../contract/sdk.ts';
import { findImageForLineage } from '../../../records/tables/images.ts';
import { setSecurityGroups, updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { countMembers, groupsOfInstance } from '../../../records/tables/securityGroups.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { isDescription, isHostName, isPassword, isResourceName } from '../../../rules/names.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { hashPassword, readUserData } from './launchLogin.ts';
import { checkedGroups } from './launchNetwork.ts';
import { creditSpecification } from './launchType.ts';
import { ownInstance } from './ownInstance.ts';

type Request = RequestOf<'Ecs', 'ModifyInstanceAttribute'>;

export const ModifyInstanceAttribute = action(
  'Ecs',
  'ModifyInstanceAttribute',
  { access: 'write', appliesNetwork: true, required: ['instanceId'] },
  async (request, call) => {
    refuse(call, request);
    const row = await ownInstance(call, request.instanceId);
    const change: Partial<InstanceRow> = {
      ...words(call, request),
      ...login(call, request, row),
      ...(await userData(call, request, row)),
      ...credit(call, request, row),
    };
    if (request.deletionProtection !== undefined) change.deletionProtection = request.deletionProtection ? 1 : 0;
    if (Object.keys(change).length > 0) await updateInstance(call.db, row.id, change);
    if (request.securityGroupIds !== undefined) await moveToGroups(call, row, request.securityGroupIds);
    return {};
  },
);

function refuse(call: Call, request: Request): void {
  const dns = request.privateDnsNameOptions;
  if (request.recyclable) throw call.error('InvalidParameter.RecycleBin');
  refuseUnbuilt(call, {
    CpuOptions: request.cpuOptions,
    EnableJumboFrame: request.enableJumboFrame,
    EnableNetworkEncryption: request.enableNetworkEncryption,
    NetworkInterfaceQueueNumber: request.networkInterfaceQueueNumber,
    RemoteConnectionOptions: request.remoteConnectionOptions,
    'PrivateDnsNameOptions.HostnameType': dns?.hostnameType !== undefined && dns.hostnameType !== 'Custom',
    'PrivateDnsNameOptions.EnableInstanceIdDnsAAAARecord': dns?.enableInstanceIdDnsAAAARecord,
    'PrivateDnsNameOptions.EnableInstanceIdDnsARecord': dns?.enableInstanceIdDnsARecord,
    'PrivateDnsNameOptions.EnableIpDnsARecord': dns?.enableIpDnsARecord,
    'PrivateDnsNameOptions.EnableIpDnsPtrRecord': dns?.enableIpDnsPtrRecord,
  });
}

function words(call: Call, { instanceName, description }: Request): Partial<InstanceRow> {
  if (instanceName !== undefined && !isResourceName(instanceName)) throw call.error('InvalidInstanceName.Malformed');
  if (description !== undefined && !isDescription(description)) throw call.error('InvalidDescription.Malformed');
  return {
    ...(instanceName !== undefined && { name: instanceName }),
    ...(description !== undefined && { description }),
  };
}

/** Host name and password; a guest takes them at its next start through this API. */
function login(call: Call, { hostName, password }: Request, row: InstanceRow): Partial<InstanceRow> {
  if (hostName !== undefined) {
    if (!isHostName(hostName, row.osType)) throw call.error('InvalidHostName.Malformed');
    if (!allows(instanceCan.setHostName, row.status)) throw incorrectStatus(call, row);
  }
  if (password !== undefined) {
    if (!isPassword(password, row.osType)) throw call.error('InvalidPassword.Malformed');
    if (!allows(instanceCan.setPassword, row.status)) throw incorrectStatus(call, row);
  }
  return {
    ...(hostName !== undefined && { hostName }),
    ...(password !== undefined && { passwordHash: hashPassword(call, password) }),
  };
}

async function userData(call: Call, request: Request, row: InstanceRow): Promise<Partial<InstanceRow>> {
  const text = readUserData(call, request.userData);
  if (text === null) return {};
  if (!row.ioOptimized || row.networkType !== 'vpc') throw call.error('InvalidUserData.NotSupported');
  const image = await findImageForLineage(call.db, row.imageId);
  if (image && !image.isSupportCloudinit) throw call.error('ImageNotSupportCloudInit');
  if (!allows(instanceCan.setUserData, row.status)) throw incorrectStatus(call, row);
  return { userData: text };
}

function credit(call: Call, request: Request, row: InstanceRow): Partial<InstanceRow> {
  const wanted = request.creditSpecification;
  if (wanted === undefined) return {};
  const specification = creditSpecification(call, wanted, findInstanceType(row.instanceType)!);
  if (!allows(instanceCan.setCreditSpecification, row.status)) {
    throw call.error('InvalidInstanceStatus.CreditSpecRestricted', { hint: `${row.id} is ${row.status}.` });
  }
  return { creditSpecification: specification };
}

/** Out of all groups that it is in, into these. */
async function moveToGroups(call: Call, row: InstanceRow, ids: readonly string[]): Promise<void> {
  const invalid = (hint: string) => call.error('InvalidParameter', { about: 'parameter is not valid', hint });
  if (new Set(ids).size < ids.length) throw invalid('SecurityGroupIds.N names a group twice.');
  const groups = await checkedGroups(call, row.regionId, ids);
  if (groups.some(({ vpcId }) => vpcId !== row.vpcId)) throw invalid('A security group is in another VPC.');
  if (!allows(instanceCan.setSecurityGroups, row.status)) throw incorrectStatus(call, row);
  const current = await groupsOfInstance(call.db, row.id);
  const members = await countMembers(call.db, ids);
  for (const { id, type } of groups) {
    if (!current.includes(id) && (members.get(id) ?? 0) >= quotas.instancesOfSecurityGroup[type]) {
      throw call.error('SecurityGroupInstanceLimitExceed', {
        values: ['The maximum number of instances in a security group is exceeded.'],
      });
    }
  }
  await setSecurityGroups(call.db, row.id, ids);
}
