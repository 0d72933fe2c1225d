import { findInstances, updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { findKeyPair } from '../../../records/tables/keyPairs.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { Call } from '../../call.ts';

interface AttachmentRequest {
  regionId?: string;
  keyPairName: string;
  instanceIds: string;
}

/** The key pair and the instances that are meant, each as a row or as the id that names none; refused as a whole when malformed. */
export async function readAttachment(
  call: Call,
  request: AttachmentRequest,
): Promise<{ ids: readonly string[]; instances: ReadonlyMap<string, InstanceRow> }> {
  const { regionId } = call.region(request.regionId);
  const listed = jsonIds(request.instanceIds);
  const ids = [...new Set(listed)];
  if (ids.length === 0 || ids.length > quotas.keyPairInstancesOfCall)
    throw call.error('InvalidInstanceIds.ValueNotSupported');
  const keyPair = await findKeyPair(call.db, { accountId: call.accountId, regionId }, request.keyPairName);
  if (!keyPair) throw call.error('InvalidKeyPairName.NotFound', { about: 'in our records' });
  const rows = (await findInstances(call.db, call.accountId, ids)).filter((row) => row.regionId === regionId);
  if (rows.some(({ osType }) => osType === 'windows')) throw call.error('DependencyViolation.WindowsInstance');
  return { ids, instances: new Map(rows.map((row) => [row.id, row])) };
}

/** Types of the first generation that are not I/O-optimised know no key pairs. */
export const takesKeyPairs = (instance: InstanceRow): boolean =>
  instance.ioOptimized === 1 || findInstanceType(instance.instanceType)?.generation !== 'ecs-1';

/** What became of one instance. */
interface Result {
  instanceId: string;
  code: string;
  message: string;
  success: string;
}

export async function setKeyPair(call: Call, instanceId: string, keyPairName: string | null): Promise<Result> {
  await updateInstance(call.db, instanceId, { keyPairName });
  return { instanceId, code: '200', message: 'successful', success: 'true' };
}

export function failed(call: Call, instanceId: string, code: string): Result {
  const { message } = call.error(code);
  return { instanceId, code, message, success: 'false' };
}

/** The answer is a success even when some or all instances failed: the results say which. */
export const attachmentAnswer = (keyPairName: string, results: readonly Result[]) => ({
  keyPairName,
  results: { result: [...results] },
  totalCount: String(results.length),
  failCount: String(results.filter(({ success }) => success === 'false').length),
});
