import { countPolicies, insertPolicy } from '../../../records/tables/autoSnapshotPolicies.ts';
import { action } from '../../action.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { invalid, policyRegion, readWords, schedulePolicy } from './policy.ts';
import { readCopy } from './policyCopy.ts';

const NO_COPY = { copyRegionId: null, copiedRetentionDays: null, copyKmsKeyId: null };

export const CreateAutoSnapshotPolicy = action(
  'Ecs',
  'CreateAutoSnapshotPolicy',
  { access: 'write', required: ['regionId', 'timePoints', 'repeatWeekdays', 'retentionDays'] },
  async (request, call) => {
    const { regionId, idInfix } = policyRegion(call, request.regionId);
    const { associationType = 'AssociatedWithDisk' } = request;
    refuseUnbuilt(call, {
      [`AssociationType=${associationType}`]: associationType !== 'AssociatedWithDisk',
      StorageLocationArn: request.storageLocationArn,
    });
    const words = readWords(call, request);
    if (words.timePoints === undefined) throw invalid(call, 'TimePoints');
    if (words.repeatWeekdays === undefined) throw invalid(call, 'RepeatWeekDays');
    const place = { accountId: call.accountId, regionId };
    if ((await countPolicies(call.db, place)) >= (await call.quota('autoSnapshotPolicies'))) {
      throw call.error('AutoSnapshotPolicy.QuotaExceed');
    }
    const id = call.ids.resource('sp', idInfix);
    const policy = {
      ...place,
      id,
      name: '',
      retentionDays: null,
      ...words,
      ...(await readCopy(call, request, regionId, NO_COPY)),
      timePoints: words.timePoints,
      repeatWeekdays: words.repeatWeekdays,
      resourceGroupId: checkResourceGroup(call, request.resourceGroupId),
      createdAt: call.clock.now(),
    };
    await insertPolicy(call.db, { ...policy, nextAt: await schedulePolicy(call, policy) });
    await saveTags(call, { resourceType: 'snapshotpolicy', resourceId: id, regionId }, request.tag);
    return { autoSnapshotPolicyId: id };
  },
);
