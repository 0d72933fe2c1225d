import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { makeRole } from '../wire/ramClient.ts';
import { makeBucket } from './buckets.ts';
import { REGION, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ImportImageRequest>[0]>;
type Mapping = NonNullable<ConstructorParameters<typeof sdk.ImportImageRequestDiskDeviceMapping>[0]>;

const load =
  (party: Party, mappings: Mapping[], wish: Wish = {}) =>
  () =>
    party.ecs.importImage(
      new sdk.ImportImageRequest({
        regionId: REGION,
        diskDeviceMapping: mappings.map((mapping) => new sdk.ImportImageRequestDiskDeviceMapping(mapping)),
        ...wish,
      }),
    );

const good = async ({ world, alice }: Stage): Promise<Mapping> => ({
  OSSBucket: await makeBucket(world.world, alice, { 'disk.raw': 'debian', 'empty.raw': '' }),
  OSSObject: 'disk.raw',
});

/** Of a good object, with something wrong. */
const wished =
  (wish: Wish): Provoke =>
  async (stage) =>
    load(stage.alice, [await good(stage)], wish);

/** … wrong with where it is. */
const mapped =
  (change: Mapping): Provoke =>
  async (stage) =>
    load(stage.alice, [{ ...(await good(stage)), ...change }]);

const tags = (...keys: string[]) => keys.map((key) => new sdk.ImportImageRequestTag({ key, value: '' }));

const NO_CHECKS = 'Images are not checked: DetectionStrategy is refused by name, UnsupportedParameter.';

export const ImportImage: Coverage = {
  provoked: {
    'DRYRUN.SUCCESS': wished({ dryRun: true }),
    'InvalidArchitecture.Malformed': wished({ architecture: 'riscv' }),
    'InvalidArchitecture.PlatformUnsupported': wished({ architecture: 'arm64', platform: 'Windows Server 2022' }),
    'InvalidBootMode.Malformed': wished({ bootMode: 'Coreboot' }),
    'InvalidBootMode.NotSupport': wished({ architecture: 'arm64', bootMode: 'BIOS' }),
    'InvalidClientToken.Malformed': wished({ clientToken: 'x'.repeat(65) }),
    InvalidDataDiskSize: mapped({ diskImageSize: 2049 }),
    'InvalidDescription.Malformed': wished({ description: 'http://x' }),
    'InvalidImageFormat.Malformed': mapped({ format: 'ISO' }),
    'InvalidImageName.Duplicated': async (stage) => {
      await stage.world.image(stage.alice, { name: 'taken' });
      return wished({ imageName: 'taken' })(stage);
    },
    'InvalidImageName.Malformed': wished({ imageName: '1st' }),
    'InvalidLicenseType.NotSupported': wished({ licenseType: 'None' }),
    'InvalidOSSBucket.Malformed': mapped({ OSSBucket: 'Under_score' }),
    'InvalidOSSBucket.NotFound': async (stage) => load(stage.bob, [await good(stage)]),
    'InvalidOSSObject.Malformed': mapped({ OSSObject: '/disk.raw' }),
    'InvalidOSSObject.NotFound': mapped({ OSSObject: 'none.raw' }),
    'InvalidOSSObject.Size': mapped({ OSSObject: 'empty.raw' }),
    'InvalidOSType.Malformed': wished({ OSType: 'beos' }),
    'InvalidParameter.FeaturesImdsSupport': wished({
      features: new sdk.ImportImageRequestFeatures({ imdsSupport: 'v3' }),
    }),
    'InvalidParameter.Malformed': mapped({ device: '/dev/sdb' }),
    'InvalidPlatform.Malformed': wished({ platform: 'Plan 9' }),
    'InvalidRegionId.NotFound': wished({ regionId: 'cn-nowhere' }),
    'InvalidResourceGroup.NotFound': wished({ resourceGroupId: 'none' }),
    MissingParameter: mapped({ OSSObject: undefined as never }),
    'MissingParameter.DiskDeviceMapping': async ({ alice }) => load(alice, []),
    NoSetRoletoECSServiceAcount: async (stage) => {
      // A role without a policy that lets anybody read.
      await makeRole(stage.world.world, stage.alice, 'AliyunECSImageImportDefaultRole');
      return wished({})(stage);
    },
    'QuotaExceed.Image': async (stage) => {
      await stage.world.limit(stage.alice, 'images', 0);
      return wished({})(stage);
    },
    'TagKey.Duplication': wished({ tag: tags('Role', 'role') }),
    'UnsupportedSuffix.OSSObject': mapped({ OSSObject: 'disk.iso' }),
  },
  otherwise: {
    ImageIsImporting: 'What it keeps from happening meanwhile is what DeleteImage refuses with it.',
    ImportImageFailed: 'The task says it: the object was replaced while it was read.',
    InvalidImageSize: 'The task says it, once the size of the disk is known.',
    'InvalidOSS.NotAuthorized':
      'The bucket of another account answers InvalidOSSBucket.NotFound, as one that is not there.',
    'InvalidOSSBucket.NotMatched': 'A bucket of another region answers InvalidOSSBucket.NotFound.',
    'InvalidParameter.DetectionStrategy': NO_CHECKS,
    'InvalidVHDImage.IncorrectSize': 'The task says it, once the file is read.',
  },
  notHere: {
    'Account.Arrearage': why.billing,
    'ImageCheckUnsupported.WindowsImage': NO_CHECKS,
    'InvalidAccountStatus.OSSDisabled': 'The object store is open to every account.',
    'InvalidBlockSize.NotSupport': 'VHDs with blocks of any size are read.',
    'InvalidImageFormat.RegionNotSupported': why.stock,
    'InvalidLicenseType.BYOLOnly': 'Licences are not sold here: what is said of one is kept with the image.',
    'InvalidOSSBucket.EncryptUnsupported': 'Buckets are not encrypted.',
    'InvalidOSSBucket.FlowLimit': 'Buckets have no limits of flow.',
    'InvalidOSSObject.NeedRestore': 'Objects of every storage class can be read at once.',
    'InvalidOperation.CloudBoxImageImportRoleRequired': why.cloudBox,
    'InvalidOperation.CloudBoxImageImportUnsupported': why.cloudBox,
    'InvalidRegion.NotSupport': why.stock,
    'InvalidStorageLocation.NotFound': why.cloudBox,
    UserNotInTheWhiteList: why.whiteList,
  },
};
