import sdk from '@alicloud/ecs20140526';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import { makeKey } from '../wire/kmsClient.ts';
import type { Party } from '../wire/imageWorld.ts';
import { OTHER_REGION, REGION, shutKey, why, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.CopySnapshotRequest>[0]>;

const copy =
  (party: Party, snapshotId: string, wish: Wish = {}) =>
  () =>
    party.ecs.copySnapshot(
      new sdk.CopySnapshotRequest({
        regionId: REGION,
        snapshotId,
        destinationRegionId: OTHER_REGION,
        destinationSnapshotName: 'copy',
        destinationSnapshotDescription: 'a copy',
        ...wish,
      }),
    );

/** Of a good snapshot unless the row says otherwise, with something wrong. */
const wished =
  (wish: Wish, row: Partial<SnapshotRow> = {}): Provoke =>
  async ({ world, alice }) =>
    copy(alice, await world.snapshot(alice, row), wish);

const tags = (...pairs: [string, string][]) =>
  pairs.map(([key, value]) => new sdk.CopySnapshotRequestTag({ key, value }));

const NO_ALGORITHM = 'The request names no algorithm.';

export const CopySnapshot: Coverage = {
  provoked: {
    'Duplicate.TagKey': wished({ tag: tags(['k', '1'], ['k', '2']) }),
    'InvalidDescription.Malformed': wished({ destinationSnapshotDescription: 'x' }),
    'InvalidEncrypted.NotMatchKmsKeyId': wished({ KMSKeyId: 'key-1' }),
    'InvalidEncrypted.NotSupportDecrypt': async ({ world, alice }) => {
      const kmsKeyId = await makeKey(world.world, alice);
      return copy(alice, await world.snapshot(alice, { encrypted: 1, kmsKeyId }), { encrypted: false });
    },
    'InvalidOperation.NotSupportCopyInSameRegion': wished({ destinationRegionId: REGION }),
    'InvalidOperation.UnfinishedCrossRegionCopy': async ({ world, alice }) => {
      const sourceDiskId = await world.disk(alice);
      const snapshotId = await world.snapshot(alice, { sourceDiskId });
      const copying = { regionId: OTHER_REGION, status: 'progressing', sourceSnapshotId: snapshotId } as const;
      await world.snapshot(alice, copying);
      return copy(alice, snapshotId);
    },
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => {
      const { world, alice } = stage;
      return copy(alice, await world.snapshot(alice, await shutKey(stage)));
    },
    'InvalidParameter.KMSKeyId.NotFound': wished({ encrypted: true, KMSKeyId: 'none' }),
    'InvalidRegionId.NotExists': wished({ destinationRegionId: 'cn-nowhere' }),
    'InvalidRetentionDays.Malformed': wished({ retentionDays: 65537 }),
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) => copy(alice, await world.snapshot(bob)),
    'InvalidSnapshotId.NotReady': wished({}, { status: 'progressing' }),
    'InvalidSnapshotName.Malformed': wished({ destinationSnapshotName: 'auto1' }),
    'InvalidTagKey.Malformed': wished({ tag: tags(['acs:k', '']) }),
    'InvalidTagValue.Malformed': wished({ tag: tags(['k', 'http://v']) }),
  },
  otherwise: {
    'InvalidOperation.Conflict':
      'A second copy of the same snapshot answers InvalidOperation.UnfinishedCrossRegionCopy.',
    'InvalidOperation.UnfinishedEncryptedSnapshotCopy':
      'Encrypted or not, an unfinished copy answers InvalidOperation.UnfinishedCrossRegionCopy.',
    'InvalidParameter.Arns': 'Arn is refused by name: UnsupportedParameter.',
    'InvalidRegionId.MalFormed':
      'A region that is not there answers InvalidRegionId.NotExists, whatever it looks like.',
  },
  notHere: {
    InternalError: why.fault,
    'InvalidAccountStatus.NotEnoughBalance': why.billing,
    'InvalidAccountStatus.SnapshotServiceUnavailable': why.snapshotService,
    InvalidEncryptAlgorithm: NO_ALGORITHM,
    'InvalidEncrypted.NotMatchEncryptAlgorithm': NO_ALGORITHM,
    'InvalidKMSKeyId.NotSymmetric': 'Every key here is symmetric.',
    'InvalidOperation.Unauthorized': 'Every account may call every action.',
    'InvalidParameter.DataEncryptedKeyCreateFailed': why.fault,
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KmsNotEnabled': 'KMS is there for every account: the service key is made when it is needed.',
    'InvalidRegion.NotSupport': why.stock,
    'InvalidRegionId.NotSupportedEncryptedSnapshotCopy': why.stock,
    'InvalidSnapshot.EncryptedNotSupported': 'Encrypted snapshots are copied like others.',
    'InvalidSnapshotCategory.NotSupportCopy': why.archive,
    'InvalidSnapshotCategory.NotSupportCrossRegionCopy': why.archive,
    'InvalidSnapshotCategory.NotSupportEncryptedCopy': why.archive,
    'InvalidSnapshotId.EncryptedNotSupport': 'Encrypted snapshots are copied like others.',
    'InvalidUser.NotInWhiteList': why.whiteList,
    'OperationDenied.NonCompliantDestinationRegion': why.stock,
    'OperationDenied.SnapshotCategoryNotSupportCopy': why.archive,
    'QuotaExceed.SnapshotQuota': 'There are no channel partners.',
  },
};
