import { imageDisksOf } from '../../../records/tables/imageDisks.ts';
import { isGranted } from '../../../records/tables/tickets.ts';
import { misfit } from '../../../rules/imageFit.ts';
import { instanceTypes } from '../../../rules/instanceTypes.ts';
import { action } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { visibleImage } from './ownImage.ts';

/** The types that instances can be made of from the image: those that a launch does not refuse. `Filter.N` has no effect, as in the cloud. */
export const DescribeImageSupportInstanceTypes = action(
  'Ecs',
  'DescribeImageSupportInstanceTypes',
  { access: 'read', required: ['imageId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const actionType = oneOf(call, request.actionType, ['CreateEcs', 'ChangeOS'], 'InvalidParamter');
    const image = await visibleImage(call, regionId, request.imageId);
    const disks = await imageDisksOf(call.db, [image.id]);
    // A system disk is replaced by an image of a system disk alone.
    const isUnfit = actionType === 'ChangeOS' && disks.some(({ type }) => type === 'data');
    const isExcepted = await isGranted(call.db, call.accountId, 'io-optimised-image', image.id);
    const traits = isExcepted ? { ...image, isSupportIoOptimized: 1 as const } : image;
    return {
      regionId,
      imageId: image.id,
      instanceTypes: {
        instanceType: instanceTypes
          .filter((type) => !isUnfit && misfit(traits, type) === null)
          .map(({ instanceTypeId, family, cpuCoreCount, memoryGib }) => ({
            instanceTypeId,
            instanceTypeFamily: family,
            cpuCoreCount,
            memorySize: memoryGib,
          })),
      },
    };
  },
);
