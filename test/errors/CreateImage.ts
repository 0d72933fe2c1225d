import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { Party } from '../wire/imageWorld.ts';
import { REGION, shutKey, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.CreateImageRequest>[0]>;

const create = (party: Party, wish: Wish) => () =>
  party.ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, ...wish }));

/** Of a good snapshot, with something wrong. */
const wished =
  (wish: Wish): Provoke =>
  async ({ world, alice }) =>
    create(alice, { snapshotId: await world.snapshot(alice), ...wish });

/** Of one snapshot. */
const ofSnapshot =
  (row: Parameters<Stage['world']['snapshot']>[1]): Provoke =>
  async ({ world, alice }) =>
    create(alice, { snapshotId: await world.snapshot(alice, row) });

const mapping = (fields: object) => new sdk.CreateImageRequestDiskDeviceMapping(fields);

/** Of a good system snapshot and something else. */
const mapped =
  (...others: object[]): Provoke =>
  async ({ world, alice }) =>
    create(alice, { diskDeviceMapping: [{ snapshotId: await world.snapshot(alice) }, ...others].map(mapping) });

const tags = (...pairs: [string, string][]) =>
  pairs.map(([key, value]) => new sdk.CreateImageRequestTag({ key, value }));

const ofInstance =
  (...row: Parameters<Stage['world']['instance']> extends [unknown, ...infer Rest] ? Rest : never): Provoke =>
  async ({ world, alice }) =>
    create(alice, { instanceId: (await world.instance(alice, ...row)).id });

/** Of an instance whose system disk is changed. */
const ofSystemDisk =
  (change: Partial<DiskRow>): Provoke =>
  async ({ world, alice }) => {
    const { id, diskIds } = await world.instance(alice);
    await world.change('disks', diskIds[0]!, change);
    return create(alice, { instanceId: id });
  };

export const CreateImage: Coverage = {
  provoked: {
    'Duplicate.TagKey': wished({ tag: tags(['k', '1'], ['k', '2']) }),
    IdempotenceParamNotMatch: async ({ world, alice }) => {
      const wish = { snapshotId: await world.snapshot(alice), clientToken: 'once' };
      await create(alice, wish)();
      return create(alice, { ...wish, description: 'another request' });
    },
    ImageFamilyQuotaExceed: async ({ world, alice }) => {
      await world.limit(alice, 'imageFamilies', 0);
      return create(alice, { snapshotId: await world.snapshot(alice), imageFamily: 'one-more' });
    },
    'ImageQuotaExceed.ImageFamily': async ({ world, alice }) => {
      await world.image(alice, { family: 'full' });
      await world.limit(alice, 'imagesOfFamily', 1);
      return create(alice, { snapshotId: await world.snapshot(alice), imageFamily: 'full' });
    },
    IncorrectDiskStatus: ofSystemDisk({ status: 'ReIniting' }),
    'IncorrectDiskStatus.CreatingSnapshot': async ({ world, alice }) => {
      const { id, diskIds } = await world.instance(alice);
      await world.snapshot(alice, { sourceDiskId: diskIds[0]!, status: 'progressing' });
      return create(alice, { instanceId: id });
    },
    IncorrectInstanceStatus: ofInstance({ status: 'Starting' }),
    'IncorrectInstanceStatus.NeedRestart': ofInstance({ status: 'Stopped', startedAt: 1 }, [{ attachedAt: 2 }]),
    'InvalidArchitecture.Malformed': wished({ architecture: 'mips' }),
    'InvalidBootMode.NotSupport': wished({ bootMode: 'BIOS', architecture: 'arm64' }),
    'InvalidDescription.Malformed': wished({ description: 'http://x' }),
    'InvalidDevice.InUse': mapped({ size: 20, device: '/dev/xvdb' }, { size: 20, device: '/dev/xvdb' }),
    'InvalidDevice.Malformed': mapped({ size: 20, device: '/dev/sdb' }),
    'InvalidDiskType.ValueNotSupported': mapped({ size: 20, diskType: 'floppy' }),
    'InvalidImageFamily.Malformed': wished({ imageFamily: 'acs:debian' }),
    'InvalidImageName.Duplicated': async ({ world, alice }) => {
      await world.image(alice, { name: 'taken' });
      return create(alice, { snapshotId: await world.snapshot(alice), imageName: 'taken' });
    },
    'InvalidImageName.Malformed': wished({ imageName: '1st' }),
    'InvalidImageVersion.Malformed': wished({ imageVersion: 'x'.repeat(41) }),
    'InvalidInstance.NotFoundSystemDisk': ofSystemDisk({ status: 'Available', instanceId: null }),
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) =>
      create(alice, { instanceId: (await world.instance(bob)).id }),
    'InvalidParameter.DiskType': async ({ world, alice }) => {
      const snapshotId = await world.snapshot(alice, { sourceDiskType: 'data', encrypted: 1, kmsKeyId: 'key-1' });
      return create(alice, { diskDeviceMapping: [mapping({ snapshotId, diskType: 'system' })] });
    },
    'InvalidParameter.FeaturesImdsSupport': wished({
      features: new sdk.CreateImageRequestFeatures({ imdsSupport: 'v3' }),
    }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => ofSnapshot(await shutKey(stage))(stage),
    'InvalidPlatform.Malformed': wished({ platform: 'BeOS' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    'InvalidSize.ValueNotSupported': mapped({ size: 4 }),
    'InvalidSnapshot.TooOld': ofSnapshot({ createdAt: Date.UTC(2013, 6, 14) }),
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) =>
      create(alice, { snapshotId: await world.snapshot(bob) }),
    'InvalidSnapshotId.NotReady': ofSnapshot({ status: 'failed' }),
    'InvalidSystemSnapshot.Missing': async ({ alice }) => create(alice, { diskDeviceMapping: [mapping({ size: 20 })] }),
    'InvalidTagKey.Malformed': wished({ tag: tags(['acs:k', '']) }),
    'InvalidTagValue.Malformed': wished({ tag: tags(['k', 'http://v']) }),
    MissingParameter: async ({ alice }) => create(alice, {}),
    OperationDenied: ofSnapshot({ sourceDiskType: 'data' }),
    'QuotaExceed.Image': async ({ world, alice }) => {
      await world.limit(alice, 'images', 0);
      return create(alice, { snapshotId: await world.snapshot(alice) });
    },
    'QuotaExceed.Snapshot': async ({ world, alice }) => {
      const { id, diskIds } = await world.instance(alice);
      for (let made = 0; made < quotas.snapshotsOfDisk; made++)
        await world.snapshot(alice, { sourceDiskId: diskIds[0]! });
      return create(alice, { instanceId: id });
    },
    'QuotaExceed.Tags': wished({ tag: tags(...Array.from({ length: 21 }, (_, n): [string, string] => [`k${n}`, ''])) }),
    SnapshotNotReady: ofSnapshot({ status: 'progressing' }),
    UserNotInTheWhiteList: async ({ world, alice }) => {
      const snapshotId = await world.snapshot(alice, { sourceDiskType: 'data' });
      return create(alice, { diskDeviceMapping: [mapping({ snapshotId, diskType: 'system' })] });
    },
  },
  otherwise: {
    'InvalidOperation.DiskCategoryUnsupported': 'Ephemeral data disks are passed over: the image has none of them.',
    'InvalidParameter.AllEmpty': 'A request that names nothing to make the image from answers MissingParameter.',
    'InvalidParamter.Conflict': 'A token that comes again with other parameters answers IdempotenceParamNotMatch.',
    'QuotaExceed.ConcurrentSnapshotQuota': why.concurrentSnapshots,
    'TooManySnapshot.Unfinished': 'Snapshots under way are limited by disk, not by account.',
  },
  notHere: {
    'AccountForbidden.CreateOrder': why.billing,
    'HibernationConfigured.InstanceOperationForbidden': why.hibernation,
    'IncorrectDiskStatus.Invalid': why.deviceStatus,
    'IncorrectDiskStatus.NeverAttached': 'The disks of an instance have been attached.',
    'IncorrectDiskStatus.Transferring': why.transferring,
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidAccountStatus.NotEnoughBalance': why.billing,
    'InvalidAccountStatus.SnapshotServiceUnavailable': why.snapshotService,
    'InvalidDiskCategory.CreateImage': 'No category that has no snapshots is offered for system disks.',
    'InvalidOperation.SnapshotStorageLocationUnsupported': why.cloudBox,
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidSnapshotCategory.NotSupportImageCreation': why.archive,
    'OperationDenied.InvalidSnapshotCategory': why.archive,
  },
};
