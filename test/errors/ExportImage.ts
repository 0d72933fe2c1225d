import sdk from '@alicloud/ecs20140526';
import { grant } from '../requirements/exports.ts';
import type { Party } from '../wire/imageWorld.ts';
import { makeRole } from '../wire/ramClient.ts';
import { makeBucket } from './buckets.ts';
import { REGION, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ExportImageRequest>[0]>;
type Image = Parameters<Stage['world']['image']>;

const write = (party: Party, wish: Wish) => () =>
  party.ecs.exportImage(new sdk.ExportImageRequest({ regionId: REGION, ...wish }));

/** What a caller who may export asks, with something wrong. */
const wished =
  (wish: Wish, row?: Image[1], data?: Image[2]): Provoke =>
  async ({ world, alice }) => {
    await grant(world.world, alice, 'export-image');
    const imageId = await world.image(alice, row, data);
    return write(alice, { imageId, OSSBucket: await makeBucket(world.world, alice), ...wish });
  };

/** Of an image like that. */
const ofImage = (row: Image[1], data?: Image[2]): Provoke => wished({}, row, data);

export const ExportImage: Coverage = {
  provoked: {
    ImageIsExporting: async (stage) => {
      const { world, alice } = stage;
      const imageId = await world.image(alice);
      await world.waitingJob('exportToBucket', alice, imageId);
      return wished({ imageId })(stage);
    },
    ImageNotSupported: ofImage({ productCode: 'cmjj0001' }),
    IncorrectImageStatus: ofImage({ status: 'Creating' }),
    'InvalidImage.DiskAmountOrSize': ofImage({}, [{ sourceDiskSizeGib: 501 }]),
    'InvalidImageCategory.NotSupported': ofImage({ kind: 'system' }),
    'InvalidImageFormat.Malformed': wished({ imageFormat: 'ISO' }),
    'InvalidImageId.NotFound': wished({ imageId: 'm-bp1none' }),
    'InvalidImageLicense.NotSupported': ofImage({ platform: 'Windows Server 2022' }),
    'InvalidOSSBucket.NotFound': async (stage) =>
      wished({ OSSBucket: await makeBucket(stage.world.world, stage.bob) })(stage),
    'InvalidOSSPrefix.Malformed': wished({ OSSPrefix: '../up' }),
    'InvalidRegionId.NotFound': wished({ regionId: 'cn-nowhere' }),
    MissingParameter: wished({ OSSBucket: undefined as never }),
    NoSetRoletoECSServiceAcount: async (stage) => {
      await makeRole(stage.world.world, stage.alice, 'AliyunECSImageExportDefaultRole');
      return wished({})(stage);
    },
    UserNotInTheWhiteList: async ({ world, alice }) =>
      write(alice, { imageId: await world.image(alice), OSSBucket: await makeBucket(world.world, alice) }),
  },
  otherwise: {
    ExportImageFailed: 'The task says what failed, by a code of its own.',
    'InvalidOSS.NotAuthorized':
      'The bucket of another account answers InvalidOSSBucket.NotFound, as one that is not there.',
    'InvalidOSSBucket.NotMatched': 'A bucket of another region answers InvalidOSSBucket.NotFound.',
    OperationDenied: 'Data disks are exported beside the system disk.',
  },
  notHere: {
    'ConcurrentQuotaExceed.ExportImage': 'Exports wait for each other; none is refused for their number.',
    'InvalidImageFormat.RegionNotSupported': why.stock,
    'InvalidImageName.Malformed': 'The request names no image by its name.',
    'InvalidOSSBucket.EncryptUnsupported': 'Buckets are not encrypted.',
    'InvalidOSSObject.NeedRestore': 'No object is read.',
    'InvalidRegion.NotSupport': why.stock,
    'WeeklyQuotaExceed.ExportImage': 'A granted ticket holds for every week.',
  },
};
