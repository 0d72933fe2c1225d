import type { RequestOf } from '../../../contract/sdk.ts';
import { insertImage } from '../../../records/tables/images.ts';
import { platforms } from '../../../rules/platforms.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { fromInstance, fromSnapshots, fromSystemSnapshot, systemAsTold, type ImageSource } from './imageSource.ts';
import { bareSystem, checkBootMode, checkQuota, checkTexts, type ImageSystem } from './newImage.ts';

type Request = RequestOf<'Ecs', 'CreateImage'>;

const VERSION_LENGTH = 40;

export const CreateImage = action('Ecs', 'CreateImage', { access: 'write' }, async (request, call) => {
  const { regionId, idInfix } = call.region(request.regionId);
  refuseUnoffered(request, call);
  await checkTexts(call, regionId, {
    name: request.imageName,
    description: request.description,
    family: request.imageFamily,
  });
  if ((request.imageVersion ?? '').length > VERSION_LENGTH) throw call.error('InvalidImageVersion.Malformed');
  const resourceGroupId = checkResourceGroup(call, request.resourceGroupId);
  const imageId = call.ids.resource('m', idInfix);
  const source = await findSource(request, call, regionId, { imageId, resourceGroupId });
  const system = describeSystem(request, call, source);
  await checkQuota(call, regionId);
  await insertImage(
    call.db,
    {
      ...system,
      id: imageId,
      accountId: call.accountId,
      regionId,
      kind: 'self',
      name: request.imageName ?? imageId,
      family: request.imageFamily ?? '',
      description: request.description ?? '',
      status: 'Creating',
      progress: 0,
      sizeGib: source.disks[0]!.sizeGib,
      isCopied: 0,
      resourceGroupId,
      sourceInstanceId: source.instanceId,
      sourceImageId: source.lineageImageId,
      sourceRegionId: null,
      createdAt: call.clock.now(),
      deletedAt: null,
    },
    source.disks.map((disk, position) => ({ ...disk, imageId, position })),
  );
  await saveTags(call, { resourceType: 'image', resourceId: imageId, regionId }, request.tag);
  const task = { regionId, resourceId: imageId, taskAction: 'CreateImage' };
  if (source.snapshots.length > 0) {
    await call.enqueue('createSnapshots', { snapshots: source.snapshots, imageId }, task);
  } else {
    await call.enqueue('createImage', { imageId }, task);
  }
  return { imageId };
});

function refuseUnoffered(request: Request, call: Call): void {
  if (request.detectionStrategy !== undefined) {
    throw call.error('UnsupportedParameter', { hint: 'Images are not checked: leave DetectionStrategy out.' });
  }
  if ((request.secureBootOptions?.secureBootSupport ?? 'unsupported') !== 'unsupported') {
    throw call.error('UnsupportedParameter', { hint: 'Secure Boot is not offered.' });
  }
}

/** An instance goes before mappings, mappings before one snapshot. */
function findSource(
  request: Request,
  call: Call,
  regionId: string,
  about: { imageId: string; resourceGroupId: string },
): Promise<ImageSource> {
  if (request.instanceId !== undefined) return fromInstance(call, regionId, request.instanceId, about);
  const mappings = request.diskDeviceMapping ?? [];
  if (mappings.length > 0) return fromSnapshots(call, regionId, mappings);
  if (request.snapshotId !== undefined) return fromSystemSnapshot(call, regionId, request.snapshotId);
  throw call.error('MissingParameter', { about: 'SnapshotId' });
}

function describeSystem(request: Request, call: Call, source: ImageSource): ImageSystem {
  const platform = oneOf(call, request.platform, platforms, 'InvalidPlatform.Malformed');
  const architecture = oneOf(call, request.architecture, ['i386', 'x86_64', 'arm64'], 'InvalidArchitecture.Malformed');
  const bootMode = oneOf(call, request.bootMode, ['BIOS', 'UEFI', 'UEFI-Preferred'], 'InvalidBootMode.NotSupport');
  const imdsSupport = oneOf(call, request.features?.imdsSupport, ['v1', 'v2'], 'InvalidParameter.FeaturesImdsSupport');
  const known = source.instanceId === null ? systemAsTold(source.system, { platform, architecture }) : source.system;
  const system = known ?? bareSystem();
  const isMarketplace = system.productCode !== null;
  if (isMarketplace && request.imageVersion !== undefined && request.imageVersion !== system.version) {
    throw call.error('InvalidImageVersion.Malformed');
  }
  const told = {
    ...system,
    version: isMarketplace ? system.version : (request.imageVersion ?? ''),
    bootMode: bootMode ?? system.bootMode,
    imdsSupport: imdsSupport ?? system.imdsSupport,
  };
  checkBootMode(call, told.bootMode, told.architecture);
  return told;
}
