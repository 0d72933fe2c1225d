import { updateInstance } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { failed, instancesNamed, roleCounts, succeeded } from './roleAttachment.ts';

/** With `RamRoleName` only from what has that role. An instance without one stays so. */
export const DetachInstanceRamRole = action(
  'Ecs',
  'DetachInstanceRamRole',
  { access: 'write', required: ['instanceIds'] },
  async (request, call) => {
    const results = [];
    for (const { id, row } of await instancesNamed(call, request)) {
      const has = row?.ramRoleName ?? null;
      const sets = has === null ? [] : [{ instanceId: id, ramRoleName: has }];
      if (!row) results.push(failed(call, id, 'InvalidInstanceId.NotFound'));
      else if (request.ramRoleName !== undefined && has !== request.ramRoleName)
        results.push(failed(call, id, 'InvalidRamRole.NotFound'));
      else {
        await updateInstance(call.db, id, { ramRoleName: null });
        results.push({ ...succeeded(id), instanceRamRoleSets: { instanceRamRoleSet: sets } });
      }
    }
    return {
      ramRoleName: request.ramRoleName ?? '',
      detachInstanceRamRoleResults: { detachInstanceRamRoleResult: results },
      ...roleCounts(results),
    };
  },
);
