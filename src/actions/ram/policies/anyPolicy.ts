import { findSystemPolicy, isPolicyName, LONGEST_POLICY_NAME, type Policy } from '../../../rules/ramPolicies.ts';
import type { Call } from '../../call.ts';

export const SYSTEM = 'System';
const CUSTOM = 'Custom';

export function checkPolicyType(call: Call, type: string): void {
  if (type !== SYSTEM && type !== CUSTOM) throw call.error('InvalidParameter.PolicyType');
}

/** The policy named. Accounts have none of their own: there are the system's alone. */
export function anyPolicy(call: Call, { policyType, policyName }: { policyType: string; policyName: string }): Policy {
  checkPolicyType(call, policyType);
  if (!isPolicyName(policyName)) throw call.error('InvalidParameter.PolicyName.InvalidChars');
  if (policyName.length > LONGEST_POLICY_NAME) throw call.error('InvalidParameter.PolicyName.Length');
  const policy = policyType === SYSTEM ? findSystemPolicy(policyName) : undefined;
  if (!policy) throw call.error('EntityNotExist.Policy');
  return policy;
}
