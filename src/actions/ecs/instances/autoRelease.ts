import type { InstanceRow } from '../../../records/tables/instances.ts';
import { autoReleaseAt } from '../../../rules/autoRelease.ts';
import { parseTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';

export function readAutoRelease(call: Call, text: string | undefined): number | null {
  if (text === undefined) return null;
  const wanted = parseTime(text);
  const at = wanted === null ? null : autoReleaseAt(wanted, call.clock.now());
  if (at === null) throw call.error('InvalidAutoReleaseTime.Malformed');
  return at;
}

/** The job looks again when its time has come: a time that was changed since has a job of its own. */
export async function scheduleRelease(
  call: Call,
  row: Pick<InstanceRow, 'id' | 'regionId' | 'autoReleaseAt'>,
): Promise<void> {
  if (row.autoReleaseAt === null) return;
  const about = { regionId: row.regionId, resourceId: row.id, runAfter: row.autoReleaseAt };
  await call.enqueue('releaseInstance', { instanceId: row.id }, about);
}
