import { attachmentsOf, insertAttachment } from '../../../records/tables/ramRoles.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { ownRole } from '../roles/ownRole.ts';
import { anyPolicy } from './anyPolicy.ts';

export const AttachPolicyToRole = action(
  'Ram',
  'AttachPolicyToRole',
  { access: 'write', required: ['policyType', 'policyName', 'roleName'] },
  async (request, call) => {
    refuseUnbuilt(call, { ResourceGroupId: request.resourceGroupId });
    const role = await ownRole(call, request.roleName);
    const { name: policyName } = anyPolicy(call, request);
    const attached = await attachmentsOf(call.db, role.id);
    if (attached.some((row) => row.policyName === policyName)) throw call.error('EntityAlreadyExists.Role.Policy');
    await insertAttachment(call.db, { roleId: role.id, policyName, attachedAt: call.clock.now() });
    return {};
  },
);
