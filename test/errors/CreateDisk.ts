import sdk from '@alicloud/ecs20140526';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import type { Party } from '../wire/imageWorld.ts';
import { makeKey } from '../wire/kmsClient.ts';
import { atOnce, REGION, shutKey, why, ZONE, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.CreateDiskRequest>[0]>;

const create = (party: Party, wish: Wish) => () =>
  party.ecs.createDisk(new sdk.CreateDiskRequest({ regionId: REGION, zoneId: ZONE, ...wish }));

/** A good disk, but for what is wrong. */
const wished =
  (wish: Wish): Provoke =>
  async ({ alice }) =>
    create(alice, { size: 40, ...wish });

const ofSnapshot =
  (row: Partial<SnapshotRow>, wish: Wish = {}): Provoke =>
  async ({ world, alice }) =>
    create(alice, { snapshotId: await world.snapshot(alice, row), ...wish });

const tags = (...pairs: [string, string][]) =>
  pairs.map(([key, value]) => new sdk.CreateDiskRequestTag({ key, value }));

const CATEGORY = 'A category that is not offered answers InvalidDataDiskCategory.NotSupported.';
const SIZE = 'A size out of range answers InvalidDataDiskSize.ValueNotSupported.';
const UNLIMITED = 'The number and the capacity of disks are not limited by account.';
const SUBSCRIPTION = 'No instance is paid by subscription yet: InstanceId is refused.';

export const CreateDisk: Coverage = {
  provoked: {
    'Duplicate.TagKey': wished({ tag: tags(['k', '1'], ['k', '2']) }),
    'InvalidDataDiskCategory.NotSupported': wished({ diskCategory: 'tape' }),
    'InvalidDataDiskSize.ValueNotSupported': wished({ size: 2001 }),
    'InvalidDescription.Malformed': wished({ description: 'x' }),
    'InvalidDiskName.Malformed': wished({ diskName: '1' }),
    'InvalidDiskSize.TooSmall': wished({ size: 0, diskCategory: 'cloud_essd', performanceLevel: 'PL0' }),
    'InvalidEncrypted.NotMatchSnapshot': async ({ world, alice }) => {
      const kmsKeyId = await makeKey(world.world, alice);
      return create(alice, { snapshotId: await world.snapshot(alice, { encrypted: 1, kmsKeyId }), encrypted: false });
    },
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) =>
      create(alice, { size: 40, zoneId: '', instanceId: (await world.instance(bob)).id }),
    'InvalidParam.ZoneIdAndInstanceId.Conflict': wished({ zoneId: '' }),
    'InvalidParameter.DiskCategoryAndMultiAttachNotMatch': wished({ multiAttach: 'Enabled' }),
    'InvalidParameter.EncryptedIllegal': wished({ KMSKeyId: 'key-1' }),
    'InvalidParameter.EncryptedNotSupported': wished({
      size: 64,
      encrypted: true,
      diskCategory: 'elastic_ephemeral_disk_standard',
    }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) =>
      create(stage.alice, { snapshotId: await stage.world.snapshot(stage.alice, await shutKey(stage)) }),
    'InvalidParameter.KMSKeyId.NotFound': wished({ encrypted: true, KMSKeyId: 'none' }),
    'InvalidParameter.MultiAttach': wished({ multiAttach: 'Maybe' }),
    'InvalidParameter.MultiAttachAndInstanceIdConflict': wished({
      zoneId: '',
      instanceId: 'i-1',
      multiAttach: 'Enabled',
    }),
    'InvalidPerformanceLevel.Malformed': wished({ diskCategory: 'cloud_essd', performanceLevel: 'PL9' }),
    'InvalidRegionId.NotFound': wished({ regionId: 'cn-nowhere' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    'InvalidSnapshot.NotReady': ofSnapshot({ status: 'progressing' }),
    'InvalidSnapshotId.NotDataDiskSnapshot': ofSnapshot({ productCode: 'cmjj' }),
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) =>
      create(alice, { snapshotId: await world.snapshot(bob) }),
    'InvalidSnapshotId.NotReady': ofSnapshot({ status: 'failed' }),
    'InvalidTagKey.Malformed': wished({ tag: tags(['acs:k', '']) }),
    'InvalidTagValue.Malformed': wished({ tag: tags(['k', 'http://v']) }),
    'InvalidZoneId.NotFound': wished({ zoneId: 'cn-hangzhou-z' }),
    LastTokenProcessing: async (stage) =>
      atOnce(stage, create(stage.alice, { size: 40, zoneId: 'cn-hangzhou-z', clientToken: 'twice' })),
    MissingParameter: async ({ alice }) => create(alice, {}),
    'OperationDenied.PerformanceLevelNotMatch': wished({ diskCategory: 'cloud_essd', performanceLevel: 'PL2' }),
    'OperationDenied.SnapshotNotAllowed': ofSnapshot({}, { diskCategory: 'elastic_ephemeral_disk_standard' }),
    'QuotaExceed.Tags': wished({ tag: tags(...Array.from({ length: 21 }, (_, n): [string, string] => [`k${n}`, ''])) }),
  },
  otherwise: {
    'InvalidDataDiskCategory.ValueNotSupported': CATEGORY,
    'InvalidDiskCategory.NotSupported': CATEGORY,
    'InvalidDiskCategory.ValueNotSupported': CATEGORY,
    'InvalidDiskSize.NotSupported': SIZE,
    InvalidDiskSizeOrCategory: SIZE,
    'InvalidParameter.Conflict': 'Parameters that exclude one another have codes of their own.',
    'EncryptedOption.Conflict': 'Each contradiction of Encrypted and KMSKeyId has a code of its own.',
    'InvalidParameter.Encrypted': 'An encrypted snapshot for an open disk answers InvalidEncrypted.NotMatchSnapshot.',
    'InvalidParameter.DiskCategoryAndMultiAttachConflict':
      'A category that does not attach to several instances answers InvalidParameter.DiskCategoryAndMultiAttachNotMatch.',
    'InvalidSize.ValueNotSupported': SIZE,
    'InvalidSnapshot.TooLarge': SIZE,
    OperationDenied: 'A snapshot that makes no disk answers OperationDenied.SnapshotNotAllowed.',
  },
  notHere: {
    'Account.Arrearage': why.billing,
    InstanceDiskCategoryLimitExceed: SUBSCRIPTION,
    InternalError: why.fault,
    'InvalidAccountStatus.NotEnoughBalance': why.billing,
    'InvalidAccountStatus.SnapshotServiceUnavailable': why.snapshotService,
    'InvalidDiskCategory.ValueUnauthorized': why.stock,
    'InvalidEncrypted.NotMatchDiskDefaultEncryption': why.defaultEncryption,
    'InvalidInstance.NotFoundSystemDisk': SUBSCRIPTION,
    'InvalidParameter.Encrypted.KmsNotEnabled': 'KMS is there for every account.',
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    InvalidPayMethod: why.billing,
    'InvalidRegion.NotSupport': why.stock,
    'InvalidSnapshot.TooOld': 'No snapshot here was made before 2013-07-15.',
    'InvalidStatus.Upgrading': SUBSCRIPTION,
    'OperationDenied.ZoneNotSupportMultiAttachDisk': why.multiAttach,
    'QuotaExceed.DiskCapacity': UNLIMITED,
    'QuotaExceed.PortableCloudDisk': UNLIMITED,
    'QuotaExceed.PostPaidDisk': UNLIMITED,
    RegionUnauthorized: why.stock,
    'SecurityRisk.3DVerification': why.billing,
    UserNotInTheWhiteList: why.whiteList,
    'Zone.NotOnSale': why.stock,
  },
};
