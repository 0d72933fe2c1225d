import type { RequestOf } from '../../../contract/sdk.ts';
import { listInstances } from '../../../records/tables/instances.ts';
import { updateImage, type ImageRow } from '../../../records/tables/images.ts';
import { countShares } from '../../../records/tables/imageShares.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { checkBootMode, checkTexts } from './newImage.ts';
import { ownImage } from './ownImage.ts';

type Request = RequestOf<'Ecs', 'ModifyImageAttribute'>;
type Change = Partial<ImageRow>;

/** What is absent stays as it is. */
export const ModifyImageAttribute = action(
  'Ecs',
  'ModifyImageAttribute',
  { access: 'write', required: ['imageId'] },
  async (request, call) => {
    if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    if (!allows(imageCan.modify, image.status)) throw call.error('InvalidStatus.ImageIsCreating');
    const change: Change = {
      ...(await newTexts(request, call, image)),
      ...(await newStatus(request, call, image)),
      ...(await newBootMode(request, call, image)),
      ...newFeatures(request, call, image),
    };
    if (Object.keys(change).length > 0) await updateImage(call.db, image.id, change);
    return {};
  },
);

async function newTexts(request: Request, call: Call, image: ImageRow): Promise<Change> {
  const { description } = request;
  const name = request.imageName === image.name ? undefined : request.imageName;
  const family = request.imageFamily === image.family ? undefined : request.imageFamily;
  await checkTexts(call, image.regionId, { name, description, family });
  return {
    ...(name !== undefined && { name }),
    ...(family !== undefined && { family }),
    ...(description !== undefined && { description }),
  };
}

async function newStatus(request: Request, call: Call, image: ImageRow): Promise<Change> {
  const status = oneOf(call, request.status, ['Available', 'Deprecated'], 'InvalidParameter');
  if (status === undefined) return {};
  if (status === 'Available') {
    if (!allows(imageCan.restore, image.status)) throw call.error('ImageStatus.NotDeprecated');
    return { status };
  }
  if (!allows(imageCan.deprecate, image.status)) throw call.error('ImageStatus.NotAvailable');
  if ((await countShares(call.db, image.id, call.clock.now())) > 0) throw call.error('ImageUseShared');
  return { status };
}

async function newBootMode(request: Request, call: Call, image: ImageRow): Promise<Change> {
  const bootMode = oneOf(call, request.bootMode, ['BIOS', 'UEFI', 'UEFI-Preferred'], 'InvalidBootMode.NotSupport');
  if (bootMode === undefined || bootMode === image.bootMode) return {};
  checkBootMode(call, bootMode, image.architecture);
  const users = await listInstances(
    call.db,
    { accountId: call.accountId, regionId: image.regionId, imageId: image.id },
    { offset: 0, size: 1, after: null },
  );
  if (users.total > 0) throw call.error('OperationDeined.ImageUsingByInstance');
  return { bootMode };
}

function newFeatures(request: Request, call: Call, image: ImageRow): Change {
  const licenseType = oneOf(call, request.licenseType, ['BYOL'], 'InvalidLicenseType.NotSupported');
  const { features = {} } = request;
  const nvmeSupport = oneOf(call, features.nvmeSupport, ['supported', 'unsupported'], 'InvalidParameter');
  const imdsSupport = oneOf(call, features.imdsSupport, ['v1', 'v2'], 'InvalidParameter.FeaturesImdsSupport');
  if (imdsSupport === 'v1' && image.imdsSupport === 'v2') {
    throw call.error('InvalidOperation.FeaturesImdsSupportNotMatch');
  }
  return {
    ...(licenseType !== undefined && { licenseType }),
    ...(nvmeSupport !== undefined && { nvmeSupport }),
    ...(imdsSupport !== undefined && { imdsSupport }),
  };
}
