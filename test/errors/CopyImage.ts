import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { makeKey } from '../wire/kmsClient.ts';
import { OTHER_REGION, REGION, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.CopyImageRequest>[0]>;

const copy =
  (party: Party, imageId: string, wish: Wish = {}) =>
  () =>
    party.ecs.copyImage(
      new sdk.CopyImageRequest({ regionId: REGION, destinationRegionId: OTHER_REGION, imageId, ...wish }),
    );

/** Of a good image, with something wrong. */
const wished =
  (wish: Wish): Provoke =>
  async ({ world, alice }) =>
    copy(alice, await world.image(alice), wish);

/** Of an image like that. */
const ofImage =
  (row: Parameters<Stage['world']['image']>[1], owner: (stage: Stage) => Party = ({ alice }) => alice): Provoke =>
  async (stage) =>
    copy(stage.alice, await stage.world.image(owner(stage), row));

/** Encrypted, in its region. */
const inPlace: Wish = { destinationRegionId: REGION, encrypted: true };

const operator = ({ world }: Stage): Party => world.operator;

export const CopyImage: Coverage = {
  provoked: {
    'DestinationRegion.NotFound': wished({ destinationRegionId: 'cn-nowhere' }),
    Forbbiden: ofImage({ kind: 'system' }, operator),
    IncorrectImageStatus: ofImage({ status: 'Deprecated' }),
    'InvalidDescription.Malformed': wished({ destinationDescription: 'x' }),
    InvalidEncryptAlgorithm: wished({ encrypted: true, encryptAlgorithm: 'sm4-128' }),
    'InvalidEncrypted.NotMatchEncryptAlgorithm': wished({ encryptAlgorithm: 'aes-256' }),
    'InvalidEncrypted.NotMatchKmsKeyId': wished({ KMSKeyId: 'key-1' }),
    'InvalidImageId.NotFound': ofImage({}, ({ bob }) => bob),
    'InvalidImageName.Duplicated': async ({ world, alice }) => {
      await world.image(alice, { regionId: OTHER_REGION, name: 'taken' });
      return copy(alice, await world.image(alice), { destinationImageName: 'taken' });
    },
    'InvalidImageName.Malformed': wished({ destinationImageName: '1st' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async ({ world, alice }) => {
      const KMSKeyId = await makeKey(world.world, alice, { isEnabled: false });
      return copy(alice, await world.image(alice), { ...inPlace, KMSKeyId });
    },
    'InvalidParameter.KMSKeyId.NotFound': wished({ ...inPlace, KMSKeyId: 'none' }),
    'OperationDeined.EncryptedSnapshot': async ({ world, alice }) => {
      const imageId = await world.image(alice);
      const kmsKeyId = await makeKey(world.world, alice);
      const [snapshotId = ''] = await world.snapshotsOf(imageId);
      await world.change('snapshots', snapshotId, { encrypted: 1, kmsKeyId });
      return copy(alice, imageId, { encrypted: false });
    },
    'OperationDenied.EncryptSnapshotAcrossRegion': wished({ encrypted: true }),
    'OperationDenied.ImageCopyConflict': async ({ world, alice }) => {
      const imageId = await world.image(alice);
      const copying = { regionId: OTHER_REGION, status: 'Creating', isCopied: 1, sourceImageId: imageId } as const;
      await world.image(alice, copying);
      return copy(alice, imageId);
    },
    'OperationDenied.ImageCopying': ofImage({ status: 'Creating', isCopied: 1 }),
    'OperationDenied.NotAuthorized': ofImage({ kind: 'marketplace', productCode: 'cmjj02' }, operator),
    'OperationDenied.SameRegionOnly': async ({ world, alice, bob }) => {
      const imageId = await world.image(bob);
      await world.share(imageId, alice);
      return copy(alice, imageId);
    },
    'QuotaExceed.Image': async ({ world, alice }) => {
      await world.limit(alice, 'images', 0);
      return copy(alice, await world.image(alice));
    },
    'SizeExceed.Image': async ({ world, alice }) =>
      copy(alice, await world.image(alice, {}, [{ sourceDiskSizeGib: 500 }])),
    'SourceRegion.NotFound': wished({ regionId: 'cn-nowhere' }),
  },
  otherwise: {
    'InvalidParameter.KmsNotEnabled': 'KMS is there for every account: the service key is made when it is needed.',
    'InvalidOperation.Conflict': 'A second copy of the same image answers OperationDenied.ImageCopyConflict.',
    'InvalidParameter.EncryptedIllegal': 'A key for an unencrypted copy answers InvalidEncrypted.NotMatchKmsKeyId.',
    'OperationDenied.NotPublished': 'Marketplace images are not copied at all: OperationDenied.NotAuthorized.',
  },
  notHere: {
    'Account.Arrearage': why.billing,
    IncorrectDestinationRegion: 'The region that a copy goes to is the one that the request names.',
    InternalError: why.fault,
    'InvalidAliUid.IsNull': 'Every signed request has an account.',
    'InvalidEncrypted.NotMatchDiskDefaultEncryption': why.defaultEncryption,
    'InvalidOperation.CloudBoxImageCopyUnsupported': why.cloudBox,
    'InvalidOperation.VhdImageUnsupported': 'Images are stored in one format, whatever they came in.',
    'InvalidParameter.DataEncryptedKeyCreateFailed': why.fault,
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidRegion.NotSupport': why.stock,
    'InvalidRegionId.NotSupportEncryptAlgorithm': why.stock,
    'InvalidSnapshot.TooOld': 'No image is of a snapshot made before 2013-07-15: CreateImage refuses that.',
    'InvalidSnapshotId.NotFound': 'A snapshot of an image stays as long as the image.',
    OperationDenied: 'Every snapshot of an image may be copied.',
    'OperationDenied.CommunityImage': why.community,
    'OperationDenied.KmsServiceUnauthorized': why.kmsAuthorised,
    'OperationDenied.NonCompliantDestinationRegion': why.stock,
    'QuotaExceed.Snapshot': 'Snapshots are limited by disk, and a copy belongs to none.',
    RegionNotSupportCopy: why.stock,
    UserNotInTheWhiteList: why.whiteList,
  },
};
