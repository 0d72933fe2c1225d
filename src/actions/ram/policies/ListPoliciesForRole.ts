import { attachmentsOf } from '../../../records/tables/ramRoles.ts';
import { findSystemPolicy } from '../../../rules/ramPolicies.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { ownRole } from '../roles/ownRole.ts';
import { policyItem } from './policyItem.ts';

export const ListPoliciesForRole = action(
  'Ram',
  'ListPoliciesForRole',
  { access: 'read', required: ['roleName'] },
  async (request, call) => {
    const role = await ownRole(call, request.roleName);
    const attached = await attachmentsOf(call.db, role.id);
    const policy = attached.flatMap(({ policyName, attachedAt }) => {
      const found = findSystemPolicy(policyName);
      return found ? [{ ...policyItem(found), attachDate: secondsTime(attachedAt) }] : [];
    });
    return { policies: { policy } };
  },
);
