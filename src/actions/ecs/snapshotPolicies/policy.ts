import { findPolicy, type AutoSnapshotPolicyRow } from '../../../records/tables/autoSnapshotPolicies.ts';
import {
  nextTimePoint,
  numbersText,
  readRetention,
  readTimePoints,
  readWeekdays,
} from '../../../rules/autoSnapshotPolicies.ts';
import { isResourceName } from '../../../rules/names.ts';
import { findRegion, type Region } from '../../../rules/regions.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';

/** What CreateAutoSnapshotPolicy and ModifyAutoSnapshotPolicyEx take alike. */
interface Words {
  autoSnapshotPolicyName?: string | undefined;
  timePoints?: string | undefined;
  repeatWeekdays?: string | undefined;
  retentionDays?: number | undefined;
  targetTags?: readonly object[] | undefined;
}

/** The region of a policy's actions; these have a code of their own. */
export function policyRegion(call: Call, regionId: string): Region {
  const region = findRegion(regionId);
  if (!region) throw invalid(call, 'RegionId');
  return region;
}

export const invalid = (call: Call, parameter: string, hint?: string) =>
  call.error('ParameterInvalid', { about: parameter, ...(hint !== undefined && { hint }) });

/** A policy of the caller, in the region where it is looked for. */
export async function ownPolicy(call: Call, regionId: string, id: string): Promise<AutoSnapshotPolicyRow> {
  const policy = await findPolicy(call.db, call.accountId, id);
  if (!policy) throw invalid(call, 'policy does not exist.');
  if (policy.regionId !== regionId) throw invalid(call, 'does not exist in the region');
  return policy;
}

/** The columns that a request sets; those that it does not name are absent. */
export function readWords(call: Call, words: Words) {
  const { autoSnapshotPolicyName: name, timePoints, repeatWeekdays, retentionDays } = words;
  refuseUnbuilt(call, { TargetTags: words.targetTags });
  const hours = timePoints === undefined ? undefined : readTimePoints(timePoints);
  if (hours === null) throw invalid(call, 'TimePoints');
  const weekdays = repeatWeekdays === undefined ? undefined : readWeekdays(repeatWeekdays);
  if (weekdays === null) throw invalid(call, 'RepeatWeekDays');
  const retention = retentionDays === undefined ? undefined : readRetention(retentionDays);
  if (retentionDays !== undefined && retention === undefined) throw invalid(call, 'RetentionDays');
  if (name !== undefined && name !== '' && !isResourceName(name)) {
    throw call.error('InvalidParameter', { hint: 'autoSnapshotPolicyName is wrongly formed.' });
  }
  return {
    ...(name !== undefined && { name }),
    ...(hours && { timePoints: numbersText(hours) }),
    ...(weekdays && { repeatWeekdays: numbersText(weekdays) }),
    ...(retention !== undefined && { retentionDays: retention }),
  };
}

/** The first time point from now on, and the job that fires then. One that finds another time in the row leaves it to that one's. */
export async function schedulePolicy(
  call: Call,
  policy: Pick<AutoSnapshotPolicyRow, 'id' | 'regionId' | 'timePoints' | 'repeatWeekdays'>,
): Promise<number> {
  const schedule = { hours: readTimePoints(policy.timePoints)!, weekdays: readWeekdays(policy.repeatWeekdays)! };
  const nextAt = nextTimePoint(schedule, call.clock.now());
  const { id, regionId } = policy;
  await call.enqueue('runSnapshotPolicy', { policyId: id }, { regionId, resourceId: id, runAfter: nextAt });
  return nextAt;
}
