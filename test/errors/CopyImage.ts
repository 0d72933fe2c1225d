import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
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

const operator = ({ world }: Stage): Party => world.operator;

export const CopyImage: Coverage = {
  provoked: {
    'DestinationRegion.NotFound': wished({ destinationRegionId: 'cn-nowhere' }),
    Forbbiden: ofImage({ kind: 'system' }, operator),
    IncorrectImageStatus: ofImage({ status: 'Deprecated' }),
    'InvalidDescription.Malformed': wished({ destinationDescription: 'x' }),
    'InvalidEncrypted.NotMatchEncryptAlgorithm': wished({ encryptAlgorithm: 'aes-256' }),
    'InvalidEncrypted.NotMatchKmsKeyId': wished({ KMSKeyId: 'key-1' }),
    'InvalidImageId.NotFound': ofImage({}, ({ bob }) => bob),
    'InvalidImageName.Duplicated': async ({ world, alice }) => {
      await world.image(alice, { regionId: OTHER_REGION, name: 'taken' });
      return copy(alice, await world.image(alice), { destinationImageName: 'taken' });
    },
    'InvalidImageName.Malformed': wished({ destinationImageName: '1st' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    'InvalidParameter.KmsNotEnabled': wished({ encrypted: true }),
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
    'SourceRegion.NotFound': wished({ regionId: 'cn-nowhere' }),
  },
  otherwise: {
    'InvalidOperation.Conflict': 'A second copy of the same image answers OperationDenied.ImageCopyConflict.',
    'InvalidParameter.EncryptedIllegal': 'A key for an unencrypted copy answers InvalidEncrypted.NotMatchKmsKeyId.',
    'OperationDenied.NotPublished': 'Marketplace images are not copied at all: OperationDenied.NotAuthorized.',
    'SizeExceed.Image': 'Images of any size are copied.',
  },
  notHere: {
    'Account.Arrearage': why.billing,
    IncorrectDestinationRegion: 'The region that a copy goes to is the one that the request names.',
    InternalError: why.fault,
    'InvalidAliUid.IsNull': 'Every signed request has an account.',
    InvalidEncryptAlgorithm: why.notEncrypted,
    'InvalidEncrypted.NotMatchDiskDefaultEncryption': why.defaultEncryption,
    'InvalidOperation.CloudBoxImageCopyUnsupported': why.cloudBox,
    'InvalidOperation.VhdImageUnsupported': 'Images are stored in one format, whatever they came in.',
    'InvalidParameter.DataEncryptedKeyCreateFailed': why.fault,
    'InvalidParameter.KMSKeyId.CMKNotEnabled': why.notEncrypted,
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.KMSUnauthorized': why.kmsAuthorised,
    'InvalidParameter.KMSKeyId.NotFound': why.notEncrypted,
    'InvalidRegion.NotSupport': why.stock,
    'InvalidRegionId.NotSupportEncryptAlgorithm': why.stock,
    'InvalidSnapshot.TooOld': 'No image is of a snapshot made before 2013-07-15: CreateImage refuses that.',
    'InvalidSnapshotId.NotFound': 'A snapshot of an image stays as long as the image.',
    'OperationDeined.EncryptedSnapshot': why.notEncrypted,
    OperationDenied: 'Every snapshot of an image may be copied.',
    'OperationDenied.CommunityImage': why.community,
    'OperationDenied.EncryptSnapshotAcrossRegion': why.notEncrypted,
    'OperationDenied.KmsServiceUnauthorized': why.kmsAuthorised,
    'OperationDenied.NonCompliantDestinationRegion': why.stock,
    'QuotaExceed.Snapshot': 'Snapshots are limited by disk, and a copy belongs to none.',
    RegionNotSupportCopy: why.stock,
    UserNotInTheWhiteList: why.whiteList,
  },
};
