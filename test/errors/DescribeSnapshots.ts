import sdk from '@alicloud/ecs20140526';
import { REGION, why, type Coverage, type Provoke } from './coverage.ts';

type Query = NonNullable<ConstructorParameters<typeof sdk.DescribeSnapshotsRequest>[0]>;

const asked =
  (query: Query): Provoke =>
  async ({ alice }) =>
  () =>
    alice.ecs.describeSnapshots(new sdk.DescribeSnapshotsRequest({ regionId: REGION, ...query }));

const filter = (key: string, value: string): Query => ({
  filter: [new sdk.DescribeSnapshotsRequestFilter({ key, value })],
});
const tags = (...of: object[]): Query => ({ tag: of.map((one) => new sdk.DescribeSnapshotsRequestTag(one)) });

export const DescribeSnapshots: Coverage = {
  provoked: {
    'InvalidFilterKey.NotFound': asked(filter('Colour', 'red')),
    InvalidFilterValue: asked(filter('CreationStartTime', 'yesterday')),
    'InvalidSnapshotCategory.Malformed': asked({ category: 'gold' }),
    'InvalidSnapshotIds.Malformed': asked({ snapshotIds: JSON.stringify(Array(101).fill('s-1')) }),
    'InvalidSnapshotLinkId.NotFound': asked({ snapshotLinkId: 'sl-none' }),
    'InvalidSnapshotType.NotFound': asked({ snapshotType: 'copied' }),
    InvalidSourceDiskType: asked({ sourceDiskType: 'floppy' }),
    'InvalidStatus.NotFound': asked({ status: 'done' }),
    'InvalidTag.Mismatch': asked(tags({ value: 'v' })),
    InvalidTagCount: asked(tags(...Array.from({ length: 21 }, (_, number) => ({ key: `k${number}` })))),
    InvalidUsage: asked({ usage: 'instance' }),
  },
  otherwise: {},
  notHere: { InternalError: why.fault },
};
