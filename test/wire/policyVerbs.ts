import sdk from '@alicloud/ecs20140526';
import type { Party } from './imageWorld.ts';

/** Calls about automatic snapshot policies of cn-hangzhou. */

export const regionId = 'cn-hangzhou';
export const EVERY_DAY = '["1","2","3","4","5","6","7"]';

export type Wish = ConstructorParameters<typeof sdk.CreateAutoSnapshotPolicyRequest>[0];
type Change = ConstructorParameters<typeof sdk.ModifyAutoSnapshotPolicyExRequest>[0];
type Filter = ConstructorParameters<typeof sdk.DescribeAutoSnapshotPolicyExRequest>[0];

export const create = async (party: Party, wish: Wish = {}): Promise<string> => {
  const request = { regionId, timePoints: '["1"]', repeatWeekdays: EVERY_DAY, retentionDays: -1, ...wish };
  const { body } = await party.ecs.createAutoSnapshotPolicy(new sdk.CreateAutoSnapshotPolicyRequest(request));
  return body!.autoSnapshotPolicyId!;
};
export const modify = (party: Party, autoSnapshotPolicyId: string, change: Change = {}) =>
  party.ecs.modifyAutoSnapshotPolicyEx(
    new sdk.ModifyAutoSnapshotPolicyExRequest({ regionId, autoSnapshotPolicyId, ...change }),
  );
export const remove = (party: Party, autoSnapshotPolicyId: string, of = regionId) =>
  party.ecs.deleteAutoSnapshotPolicy(new sdk.DeleteAutoSnapshotPolicyRequest({ regionId: of, autoSnapshotPolicyId }));
export const apply = (party: Party, autoSnapshotPolicyId: string, diskIds: string[] | string, of = regionId) =>
  party.ecs.applyAutoSnapshotPolicy(
    new sdk.ApplyAutoSnapshotPolicyRequest({
      regionId: of,
      autoSnapshotPolicyId,
      diskIds: typeof diskIds === 'string' ? diskIds : JSON.stringify(diskIds),
    }),
  );
export const cancel = (party: Party, diskIds: string[] | string, autoSnapshotPolicyId?: string, of = regionId) =>
  party.ecs.cancelAutoSnapshotPolicy(
    new sdk.CancelAutoSnapshotPolicyRequest({
      regionId: of,
      autoSnapshotPolicyId,
      diskIds: typeof diskIds === 'string' ? diskIds : JSON.stringify(diskIds),
    }),
  );
export const described = async (party: Party, filter: Filter = {}) => {
  const request = new sdk.DescribeAutoSnapshotPolicyExRequest({ regionId, ...filter });
  return (await party.ecs.describeAutoSnapshotPolicyEx(request)).body!;
};
export const associations = async (
  party: Party,
  filter: ConstructorParameters<typeof sdk.DescribeAutoSnapshotPolicyAssociationsRequest>[0] = {},
) => {
  const request = new sdk.DescribeAutoSnapshotPolicyAssociationsRequest({ regionId, ...filter });
  return (await party.ecs.describeAutoSnapshotPolicyAssociations(request)).body!;
};
