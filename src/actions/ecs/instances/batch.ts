import { ApiError } from '../../../contract/errors.ts';
import { findInstances, type InstanceRow } from '../../../records/tables/instances.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { InstanceStatus } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';

interface BatchRequest {
  instanceId?: string[];
  regionId?: string;
  batchOptimization?: string;
}

/**
 * Starts, stops or reboots many. `AllTogether` (default): the first that can't be undoes the call. `SuccessFirst`: each for itself, and
 * the answer says which. `act` checks everything before it writes anything.
 */
export async function forEachInstance(
  call: Call,
  request: BatchRequest,
  act: (row: InstanceRow) => Promise<InstanceStatus>,
) {
  const mode = request.batchOptimization ?? 'AllTogether';
  if (mode !== 'AllTogether' && mode !== 'SuccessFirst') {
    throw call.error('InvalidParameter', { hint: 'BatchOptimization is AllTogether or SuccessFirst.' });
  }
  const instanceResponse = [];
  for (const { id, row } of await namedInstances(call, request)) {
    try {
      if (!row) throw call.error('InvalidInstanceId.NotFound', { about: 'does not exist', hint: id });
      const currentStatus = await act(row);
      instanceResponse.push({
        instanceId: id,
        code: '200',
        message: 'success',
        previousStatus: row.status,
        currentStatus,
      });
    } catch (error) {
      if (mode === 'AllTogether' || !(error instanceof ApiError)) throw error;
      const status = row?.status ?? '';
      instanceResponse.push({
        instanceId: id,
        code: error.code,
        message: error.message,
        previousStatus: status,
        currentStatus: status,
      });
    }
  }
  return { instanceResponses: { instanceResponse } };
}

/** The instances that `InstanceId.N` names, each once; without a row when the caller has no such instance in the region. */
export async function namedInstances(
  call: Call,
  request: Pick<BatchRequest, 'instanceId' | 'regionId'>,
): Promise<{ id: string; row: InstanceRow | undefined }[]> {
  const ids = [...new Set(request.instanceId)];
  if (ids.length === 0) throw call.error('InvalidInstanceId.NotFound', { about: 'should not be null' });
  if (ids.length > quotas.instancesOfCall) throw call.error('InvalidParameter.TooManyInstanceIds');
  const { regionId } = call.region(request.regionId);
  const rows = new Map((await findInstances(call.db, call.accountId, ids)).map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = rows.get(id);
    return { id, row: row?.regionId === regionId ? row : undefined };
  });
}
