import type { Policy } from '../../../rules/ramPolicies.ts';
import { SYSTEM } from './anyPolicy.ts';

/** System policies have one version. */
export const VERSION_ID = 'v1';
/** When the system's policies were made: before everything. */
export const POLICY_DATE = '2015-05-01T00:00:00Z';

export const policyItem = ({ name, description }: Policy) => ({
  policyName: name,
  policyType: SYSTEM,
  description,
  defaultVersion: VERSION_ID,
});

/** With what it has where it is no longer a role's. */
export const listedPolicy = (policy: Policy, attachmentCount: number) => ({
  ...policyItem(policy),
  createDate: POLICY_DATE,
  updateDate: POLICY_DATE,
  attachmentCount,
});
