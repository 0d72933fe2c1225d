import { countAttachments } from '../../../records/tables/ramRoles.ts';
import { policyDocument } from '../../../rules/ramPolicies.ts';
import { action } from '../../action.ts';
import { anyPolicy } from './anyPolicy.ts';
import { listedPolicy, POLICY_DATE, VERSION_ID } from './policyItem.ts';

export const GetPolicy = action(
  'Ram',
  'GetPolicy',
  { access: 'read', required: ['policyType', 'policyName'] },
  async (request, call) => {
    const policy = anyPolicy(call, request);
    const counts = await countAttachments(call.db, call.accountId);
    const document = policyDocument(policy);
    return {
      policy: { ...listedPolicy(policy, counts.get(policy.name) ?? 0), policyDocument: document },
      defaultPolicyVersion: {
        versionId: VERSION_ID,
        isDefaultVersion: true,
        createDate: POLICY_DATE,
        policyDocument: document,
      },
    };
  },
);
