import { findInstances, type InstanceRow } from '../../../records/tables/instances.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { Call } from '../../call.ts';

/** The instances that `InstanceIds` names, each once; without a row when the caller has no such instance in the region. */
export async function instancesNamed(
  call: Call,
  request: { regionId?: string; instanceIds: string },
): Promise<{ id: string; row: InstanceRow | undefined }[]> {
  const { regionId } = call.region(request.regionId);
  const ids = [...new Set(jsonIds(request.instanceIds))];
  if (ids.length === 0 || ids.length > quotas.instancesOfCall) throw call.error('InvalidInstanceIds.Malformed');
  const rows = new Map((await findInstances(call.db, call.accountId, ids)).map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = rows.get(id);
    return { id, row: row?.regionId === regionId ? row : undefined };
  });
}

/** What became of one instance. */
export interface RoleResult {
  instanceId: string;
  code: string;
  message: string;
  success: boolean;
}

export const succeeded = (instanceId: string): RoleResult => ({
  instanceId,
  code: '200',
  message: 'Success',
  success: true,
});

export function failed(call: Call, instanceId: string, code: string, hint?: string): RoleResult {
  const { message } = call.error(code, { ...(hint !== undefined && { hint }) });
  return { instanceId, code, message, success: false };
}

export const roleCounts = (results: readonly RoleResult[]) => ({
  totalCount: results.length,
  failCount: results.filter(({ success }) => !success).length,
});
