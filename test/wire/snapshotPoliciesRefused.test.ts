import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import { createImageWorld, type ImageWorld } from './imageWorld.ts';
import { apply, associations, cancel, create, described, modify, remove, type Wish } from './policyVerbs.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const under = (words: { encrypted?: boolean; KMSKeyId?: string }) =>
  new sdk.CreateAutoSnapshotPolicyRequestCopyEncryptionConfiguration(words);

test('policies that can’t be', async () => {
  const alice = await world.party();
  const copy = { enableCrossRegionCopy: true, targetCopyRegions: '["cn-beijing"]' };
  const cases: [string, number, Wish][] = [
    ['MissingregionId', 400, { regionId: '' }],
    ['MissingtimePoints', 400, { timePoints: '' }],
    ['MissingrepeatWeekdays', 400, { repeatWeekdays: '' }],
    ['ParameterInvalid', 403, { regionId: 'cn-nowhere' }],
    ['ParameterInvalid', 403, { timePoints: '["24"]' }],
    ['ParameterInvalid', 403, { timePoints: '[]' }],
    ['ParameterInvalid', 403, { repeatWeekdays: '["0"]' }],
    ['ParameterInvalid', 403, { retentionDays: 0 }],
    ['ParameterInvalid', 403, { retentionDays: 65537 }],
    ['InvalidParameter', 400, { autoSnapshotPolicyName: '1' }],
    ['MissingParameter', 400, { enableCrossRegionCopy: true }],
    ['InvalidParameter', 400, { ...copy, targetCopyRegions: '["cn-hangzhou"]' }],
    ['InvalidParameter', 400, { ...copy, targetCopyRegions: '["cn-beijing","cn-shanghai"]' }],
    ['InvalidParameter', 400, { ...copy, targetCopyRegions: 'cn-beijing' }],
    ['InvalidParameter', 400, { ...copy, copiedSnapshotsRetentionDays: 0 }],
    ['UnsupportedParameter', 400, { associationType: 'AssociatedWithInstanceTag' }],
    ['UnsupportedParameter', 400, { targetTags: [new sdk.CreateAutoSnapshotPolicyRequestTargetTags({ key: 'a' })] }],
    ['InvalidParameter', 400, { ...copy, copyEncryptionConfiguration: under({ KMSKeyId: 'key-none' }) }],
    ['InvalidParameter', 400, { copyEncryptionConfiguration: under({ KMSKeyId: 'key-none' }) }],
    [
      'InvalidParameter.KMSKeyId.NotFound',
      404,
      { ...copy, copyEncryptionConfiguration: under({ encrypted: true, KMSKeyId: 'key-none' }) },
    ],
    ['InvalidResourceGroup.NotFound', 404, { resourceGroupId: 'none' }],
    ['InvalidTagKey.Malformed', 400, { tag: [new sdk.CreateAutoSnapshotPolicyRequestTag({ key: 'aliyun' })] }],
    [
      'Duplicate.TagKey',
      400,
      { tag: ['1', '2'].map((value) => new sdk.CreateAutoSnapshotPolicyRequestTag({ key: 'k', value })) },
    ],
  ];
  for (const [code, status, wish] of cases) await world.refuses(code, status, () => create(alice, wish));
  for (let index = 0; index < quotas.autoSnapshotPolicies; index++) await create(alice);
  await world.refuses('AutoSnapshotPolicy.QuotaExceed', 403, () => create(alice));
});

test('what is not there, or somebody else’s, is refused alike', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const policyId = await create(alice);
  const diskId = await world.disk(alice);
  const local = await world.disk(alice, { category: 'elastic_ephemeral_disk_standard' });
  const theirs = await world.disk(bob);
  const cases: [string, number, () => Promise<unknown>][] = [
    ['ParameterInvalid', 404, () => modify(alice, 'sp-bp1none', { retentionDays: 1 })],
    ['ParameterInvalid', 404, () => modify(bob, policyId, { retentionDays: 1 })],
    ['ParameterInvalid', 404, () => modify(alice, policyId, { regionId: 'cn-beijing' })],
    ['ParameterInvalid', 403, () => modify(alice, policyId, { regionId: 'cn-nowhere' })],
    ['ParameterInvalid', 403, () => modify(alice, policyId, { timePoints: '1' })],
    ['ParameterInvalid', 403, () => modify(alice, policyId, { repeatWeekdays: '["8"]' })],
    ['ParameterInvalid', 403, () => modify(alice, policyId, { retentionDays: -2 })],
    ['MissingautoSnapshotPolicyId', 400, () => modify(alice, '')],
    ['ParameterInvalid', 404, () => remove(alice, 'sp-bp1none')],
    ['ParameterInvalid', 404, () => remove(bob, policyId)],
    ['ParameterInvalid', 404, () => remove(alice, policyId, 'cn-beijing')],
    ['ParameterInvalid', 404, () => apply(alice, 'sp-bp1none', [diskId])],
    ['ParameterInvalid', 404, () => apply(bob, policyId, [theirs])],
    ['ParameterInvalid', 404, () => apply(alice, policyId, [diskId], 'cn-beijing')],
    ['ParameterInvalid', 403, () => apply(alice, policyId, [diskId], 'cn-nowhere')],
    ['ParameterInvalid', 403, () => apply(alice, policyId, diskId)],
    ['ParameterInvalid', 403, () => apply(alice, policyId, '[]')],
    ['InvalidDiskId.NotFound', 404, () => apply(alice, policyId, [diskId, theirs])],
    ['DiskCategory.OperationNotSupported', 400, () => apply(alice, policyId, [local])],
    ['PartofDiskCategory.OperationNotSupported', 400, () => apply(alice, policyId, [diskId, local])],
    ['ParameterInvalid', 403, () => cancel(alice, 'none')],
    ['ParameterInvalid', 403, () => cancel(alice, [diskId], undefined, 'cn-nowhere')],
    ['InvalidDiskId.NotFound', 404, () => cancel(alice, [theirs])],
    ['InvalidRegionId.NotFound', 400, () => described(alice, { regionId: 'cn-nowhere' })],
    ['InvalidRegionId.NotFound', 404, () => associations(alice, { regionId: 'cn-nowhere' })],
    ['InvalidParameter', 400, () => associations(alice, { diskId, autoSnapshotPolicyId: policyId })],
  ];
  for (const [code, status, call] of cases) await world.refuses(code, status, call);
});
