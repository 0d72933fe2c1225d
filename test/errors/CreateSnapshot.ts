import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { Party } from '../wire/imageWorld.ts';
import { atOnce, LOST_KEY, shutKey, why, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.CreateSnapshotRequest>[0]>;

const create =
  (party: Party, diskId: string, wish: Wish = {}) =>
  () =>
    party.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId, ...wish }));

/** Of a good disk, with something wrong. */
const wished =
  (wish: Wish): Provoke =>
  async ({ world, alice }) =>
    create(alice, await world.disk(alice), wish);

const ofDisk =
  (row: Partial<DiskRow>): Provoke =>
  async ({ world, alice }) =>
    create(alice, await world.disk(alice, row));

const tags = (...pairs: [string, string][]) =>
  pairs.map(([key, value]) => new sdk.CreateSnapshotRequestTag({ key, value }));

export const CreateSnapshot: Coverage = {
  provoked: {
    'DiskCategory.OperationNotSupported': ofDisk({ category: 'elastic_ephemeral_disk_standard' }),
    'Duplicate.TagKey': wished({ tag: tags(['k', '1'], ['k', '2']) }),
    IdempotentParameterMismatch: async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      await create(alice, diskId, { clientToken: 'once' })();
      return create(alice, diskId, { clientToken: 'once', description: 'another request' });
    },
    IdempotentProcessing: async (stage) => atOnce(stage, create(stage.alice, 'd-bp1none', { clientToken: 'twice' })),
    IncorrectDiskStatus: ofDisk({ status: 'ReIniting' }),
    'IncorrectDiskStatus.CreatingSnapshot': async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      await world.snapshot(alice, { sourceDiskId: diskId, status: 'progressing' });
      return create(alice, diskId);
    },
    'IncorrectDiskStatus.NeverAttached': ofDisk({ everAttached: 0 }),
    IncorrectInstanceStatus: async ({ world, alice }) =>
      create(alice, (await world.instance(alice, { status: 'Starting' })).diskIds[0]!),
    'InvalidCategoryAndInstantAccess.Malformed': wished({ category: 'flash', instantAccess: true }),
    'InvalidClientToken.Malformed': wished({ clientToken: 'x'.repeat(65) }),
    'InvalidDescription.Malformed': wished({ description: 'https://x' }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => ofDisk(await shutKey(stage))(stage),
    'InvalidParameter.KMSKeyId.NotFound': ofDisk(LOST_KEY),
    'InvalidDiskId.NotFound': async ({ world, alice, bob }) => create(alice, await world.disk(bob)),
    'InvalidInstantAccessRetentionDays.Malformed': wished({ instantAccess: true, instantAccessRetentionDays: 0 }),
    'InvalidParameter.UnauthorizedStorageLocationArn': wished({ storageLocationArn: 'arn:1' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    'InvalidRetentionDays.Malformed': wished({ retentionDays: 65537 }),
    'InvalidSnapshotCategory.Malformed': wished({ category: 'gold' }),
    'InvalidSnapshotName.Malformed': wished({ snapshotName: 'auto2.0_1' }),
    'InvalidTagKey.Malformed': wished({ tag: tags(['aliyun', 'v']) }),
    'InvalidTagValue.Malformed': wished({ tag: tags(['k', 'acs:v']) }),
    'QuotaExceed.Snapshot': async ({ world, alice }) => {
      const diskId = await world.disk(alice);
      for (let made = 0; made < quotas.snapshotsOfDisk; made++) await world.snapshot(alice, { sourceDiskId: diskId });
      return create(alice, diskId);
    },
    'QuotaExceed.Tags': wished({ tag: tags(...Array.from({ length: 21 }, (_, n): [string, string] => [`k${n}`, ''])) }),
  },
  otherwise: {
    DISK_HAS_CREATING_SNAPSHOT: why.concurrentSnapshots,
    'DiskId.ValueNotSupported': 'Whatever the id looks like, a disk that is not there answers InvalidDiskId.NotFound.',
    'IncorrectDiskStatus.NeverUsed': 'A disk that was attached may have snapshots, written or not.',
    'QuotaExceed.ConcurrentSnapshotQuota': why.concurrentSnapshots,
    Throttling: 'Too many calls answer the common Throttling.User.',
  },
  notHere: {
    CloudBoxNotSupportSnapshotWithInstantAccess: why.cloudBox,
    'CreateSnapshot.Failed': why.fault,
    DiskInArrears: why.billing,
    'HibernationConfigured.InstanceOperationForbidden': why.hibernation,
    'IncorrectDiskStatus.Invalid': why.deviceStatus,
    'IncorrectDiskStatus.Transferring': why.transferring,
    'IncorrectDiskType.NotSupport': why.volumes,
    IncorrectVolumeStatus: why.volumes,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidAccountStatus.NotEnoughBalance': why.billing,
    'InvalidAccountStatus.SnapshotServiceUnavailable': why.snapshotService,
    'InvalidAction.Unauthorized': 'Every account may call every action.',
    'InvalidInstanceId.NotFound': 'The request names no instance.',
    'InvalidOperation.UnfinishedEncryptedSnapshotCopy': 'A copy of a snapshot holds up no other snapshot of its disk.',
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegion.NotSupportSnapshotInstantAccessRegion': why.stock,
    'InvalidVolumeId.NotFound': why.volumes,
    'QuotaExceed.SnapshotQuota': 'There are no channel partners.',
  },
};
