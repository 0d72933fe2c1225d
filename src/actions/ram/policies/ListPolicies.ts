import { countAttachments } from '../../../records/tables/ramRoles.ts';
import { systemPolicies } from '../../../rules/ramPolicies.ts';
import { action } from '../../action.ts';
import { markerAnswer, markerWindow } from '../marker.ts';
import { checkPolicyType, SYSTEM } from './anyPolicy.ts';
import { listedPolicy } from './policyItem.ts';

export const ListPolicies = action('Ram', 'ListPolicies', { access: 'read' }, async (request, call) => {
  const window = markerWindow(call, request);
  const { policyType = SYSTEM } = request;
  checkPolicyType(call, policyType);
  // System policies bear no tags.
  const isNone = policyType !== SYSTEM || (request.tag ?? []).length > 0;
  const { after } = window;
  const rows = isNone ? [] : systemPolicies.filter(({ name }) => after === null || name > after);
  const { shown, counts } = markerAnswer(window, rows);
  const attached = await countAttachments(call.db, call.accountId);
  return {
    ...counts,
    policies: { policy: shown.map((policy) => listedPolicy(policy, attached.get(policy.name) ?? 0)) },
  };
});
