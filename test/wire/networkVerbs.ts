import type { Body, Caller, NetworkWorld } from './networkWorld.ts';

/** What the tests of networks and security groups say over and over. */

export const MISSING_VPC = 'vpc-bp1aaaaaaaaaaaaaaaaaa';
export const MISSING_VSWITCH = 'vsw-bp1aaaaaaaaaaaaaaaaaa';
export const MISSING_GROUP = 'sg-bp1aaaaaaaaaaaaaaaaa';

export const SSH = { ipProtocol: 'tcp', portRange: '22/22', sourceCidrIp: '10.0.0.0/8' };
export const ALL_OUT = { ipProtocol: 'all', portRange: '-1/-1', destCidrIp: '0.0.0.0/0' };

export const newVpc = async (caller: Caller, parameters = {}): Promise<string> =>
  String((await caller.vpc('CreateVpc', parameters))['VpcId']);

export async function newVSwitch(caller: Caller, vpcId: string, cidrBlock: string, parameters = {}): Promise<string> {
  const body = await caller.vpc('CreateVSwitch', { vpcId, cidrBlock, zoneId: 'cn-hangzhou-h', ...parameters });
  return String(body['VSwitchId']);
}

export const vpcsOf = async (caller: Caller, parameters = {}): Promise<Body[]> =>
  (await caller.vpc('DescribeVpcs', parameters))['Vpcs'].Vpc;

export const vSwitchesOf = async (caller: Caller, parameters = {}): Promise<Body[]> =>
  (await caller.vpc('DescribeVSwitches', parameters))['VSwitches'].VSwitch;

/** A new account with a VPC and a security group in it. */
export async function newPlace(world: NetworkWorld): Promise<{ caller: Caller; vpcId: string; groupId: string }> {
  const caller = await world.caller();
  const vpcId = await newVpc(caller);
  return { caller, vpcId, groupId: await newGroup(caller, { vpcId }) };
}

export const newGroup = async (caller: Caller, parameters = {}): Promise<string> =>
  String((await caller.ecs('CreateSecurityGroup', parameters))['SecurityGroupId']);

export const groupsOf = async (caller: Caller, parameters = {}): Promise<Body[]> =>
  (await caller.ecs('DescribeSecurityGroups', parameters))['SecurityGroups'].SecurityGroup;

export const attributeOf = (caller: Caller, securityGroupId: string, parameters = {}): Promise<Body> =>
  caller.ecs('DescribeSecurityGroupAttribute', { securityGroupId, ...parameters });

export const rulesOf = async (caller: Caller, securityGroupId: string, parameters = {}): Promise<Body[]> =>
  (await attributeOf(caller, securityGroupId, parameters))['Permissions'].Permission;
