import ram from '@alicloud/ram20150501';
import type { Account, World } from '../world.ts';

export const trustPolicy = (principal: object): string =>
  JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }],
  });

export const TRUSTS_ECS = trustPolicy({ Service: ['ecs.aliyuncs.com'] });

/** A role of the account's, which ECS may assume unless told otherwise. */
export async function makeRole(
  world: World,
  owner: Account,
  roleName: string,
  assumeRolePolicyDocument = TRUSTS_ECS,
): Promise<ram.CreateRoleResponseBodyRole> {
  const { body } = await world.ram(owner).createRole(new ram.CreateRoleRequest({ roleName, assumeRolePolicyDocument }));
  return body!.role!;
}

export async function attachPolicy(world: World, owner: Account, roleName: string, policyName: string): Promise<void> {
  await world
    .ram(owner)
    .attachPolicyToRole(new ram.AttachPolicyToRoleRequest({ roleName, policyName, policyType: 'System' }));
}

export async function detachPolicy(world: World, owner: Account, roleName: string, policyName: string): Promise<void> {
  await world
    .ram(owner)
    .detachPolicyFromRole(new ram.DetachPolicyFromRoleRequest({ roleName, policyName, policyType: 'System' }));
}
