import { updateInstance } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { checkEcsRole } from './ecsRole.ts';
import { failed, instancesNamed, roleCounts, succeeded } from './roleAttachment.ts';

/** An instance that has another role keeps it; the answer says so. */
export const AttachInstanceRamRole = action(
  'Ecs',
  'AttachInstanceRamRole',
  { access: 'write', required: ['instanceIds', 'ramRoleName'] },
  async (request, call) => {
    const { ramRoleName } = request;
    refuseUnbuilt(call, { Policy: request.policy });
    const named = await instancesNamed(call, request);
    await checkEcsRole(call, ramRoleName);
    if (named.some(({ row }) => !row)) throw call.error('InvalidInstanceId.NotFound');
    const results = [];
    for (const { id, row } of named) {
      const has = row!.ramRoleName;
      if (has !== null && has !== ramRoleName) {
        results.push(failed(call, id, 'OperationDenied', `It has the role ${has}: detach that first.`));
        continue;
      }
      await updateInstance(call.db, id, { ramRoleName });
      results.push(succeeded(id));
    }
    return {
      ramRoleName,
      attachInstanceRamRoleResults: { attachInstanceRamRoleResult: results },
      ...roleCounts(results),
    };
  },
);
