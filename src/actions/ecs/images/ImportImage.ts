import type { RequestOf } from '../../../contract/sdk.ts';
import { newImportedSnapshot } from '../../../records/newSnapshot.ts';
import { insertImage, type ImageRow } from '../../../records/tables/images.ts';
import { findObject } from '../../../records/tables/objects.ts';
import { insertSnapshots } from '../../../records/tables/snapshots.ts';
import { DATA_DEVICES, isDataDevice, SYSTEM_DEVICE } from '../../../rules/devices.ts';
import { DISK_FORMATS, imageFormOf, type DiskFormat, type Packing } from '../../../rules/imageForms.ts';
import { isBucketName, isObjectKey } from '../../../rules/objectNames.ts';
import { osTypeOf, platforms } from '../../../rules/platforms.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { checkBucketRole, IMPORT_ROLE } from '../bucketRole.ts';
import { checkOwnBucket } from '../ownBucket.ts';
import { bareSystem, checkBootMode, checkQuota, checkTexts, type ImageSystem } from './newImage.ts';

type Request = RequestOf<'Ecs', 'ImportImage'>;
type Mapping = NonNullable<Request['diskDeviceMapping']>[number];

/** The system disk and 16 data disks; more are passed over, as the vendor does. */
const MOST_DISKS = 17;
const MOST_GIB = 2048;

export const ImportImage = action(
  'Ecs',
  'ImportImage',
  { access: 'write', dryRunCode: 'DRYRUN.SUCCESS' },
  async (request, call) => {
    if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
    const { regionId, idInfix } = call.region(request.regionId);
    refuseUnoffered(request, call);
    await checkTexts(call, regionId, { name: request.imageName, description: request.description });
    const system = systemOf(request, call);
    const resourceGroupId = checkResourceGroup(call, request.resourceGroupId);
    const mappings = (request.diskDeviceMapping ?? []).slice(0, MOST_DISKS);
    if (mappings.length === 0) throw call.error('MissingParameter.DiskDeviceMapping');
    await checkBucketRole(call, request.roleName, IMPORT_ROLE);
    const sources = [];
    for (const mapping of mappings) sources.push(await sourceOf(call, regionId, mapping));
    await checkQuota(call, regionId);

    const imageId = call.ids.resource('m', idInfix);
    const owned = { accountId: call.accountId, regionId, createdAt: call.clock.now() };
    const disks = sources.map((source, position) => ({
      ...source,
      snapshotId: call.ids.resource('s', idInfix),
      device: position === 0 ? SYSTEM_DEVICE : DATA_DEVICES[position - 1]!,
      type: position === 0 ? ('system' as const) : ('data' as const),
    }));
    await insertSnapshots(
      call.db,
      disks.map(({ snapshotId, sizeGib, type }) => ({
        ...newImportedSnapshot({ ...owned, id: snapshotId, imageId, description: '', sizeGib: sizeGib ?? 0 }),
        sourceDiskType: type,
        resourceGroupId,
      })),
    );
    await insertImage(
      call.db,
      {
        ...system,
        ...owned,
        id: imageId,
        kind: 'self',
        name: request.imageName ?? imageId,
        family: '',
        description: request.description ?? '',
        status: 'Waiting',
        progress: 0,
        sizeGib: disks[0]!.sizeGib ?? 0,
        isCopied: 0,
        resourceGroupId,
        sourceInstanceId: null,
        sourceImageId: null,
        sourceRegionId: null,
        deletedAt: null,
      },
      disks.map(({ snapshotId, device, type, sizeGib, format, bucket, key }, position) => ({
        imageId,
        position,
        snapshotId,
        device,
        type,
        sizeGib: sizeGib ?? 0,
        format: format.toUpperCase(),
        category: null,
        importBucket: bucket,
        importObject: key,
      })),
    );
    await saveTags(call, { resourceType: 'image', resourceId: imageId, regionId }, request.tag);
    const input = {
      imageId,
      disks: disks.map(({ snapshotId, bucket, key, etag, format, packing, sizeGib }) => ({
        snapshotId,
        bucket,
        key,
        etag,
        format,
        packing,
        sizeGib,
      })),
    };
    const task = { regionId, resourceId: imageId, taskAction: 'ImportImage' };
    const taskId = await call.enqueue('importObjects', input, task);
    return { imageId, taskId, regionId };
  },
);

function refuseUnoffered(request: Request, call: Call): void {
  if (request.detectionStrategy !== undefined) {
    throw call.error('UnsupportedParameter', { hint: 'Images are not checked: leave DetectionStrategy out.' });
  }
  if (request.storageLocationArn !== undefined) {
    throw call.error('UnsupportedParameter', { hint: 'There are no cloud boxes: leave StorageLocationArn out.' });
  }
}

function systemOf(request: Request, call: Call): ImageSystem {
  const platform = oneOf(call, request.platform, platforms, 'InvalidPlatform.Malformed');
  const architecture = oneOf(call, request.architecture, ['i386', 'x86_64', 'arm64'], 'InvalidArchitecture.Malformed');
  const bootMode = oneOf(call, request.bootMode, ['BIOS', 'UEFI', 'UEFI-Preferred'], 'InvalidBootMode.Malformed');
  const osType = oneOf(call, request.OSType, ['linux', 'windows'], 'InvalidOSType.Malformed');
  const license = oneOf(call, request.licenseType, ['Auto', 'Aliyun', 'BYOL'], 'InvalidLicenseType.NotSupported');
  const imds = oneOf(call, request.features?.imdsSupport, ['v1', 'v2'], 'InvalidParameter.FeaturesImdsSupport');
  if (osType !== undefined && platform !== undefined && osTypeOf(platform) !== osType) {
    throw call.error('InvalidOSType.Malformed', { hint: `${platform} is ${osTypeOf(platform)}.` });
  }
  const bare = bareSystem(platform, architecture);
  const told: ImageSystem = {
    ...bare,
    osType: osType ?? bare.osType,
    bootMode: (bootMode as ImageRow['bootMode'] | undefined) ?? bare.bootMode,
    imdsSupport: imds ?? bare.imdsSupport,
    nvmeSupport: request.features?.nvmeSupport === 'supported' ? 'supported' : 'unsupported',
    licenseType: license ?? 'Auto',
  };
  if (told.osType === 'windows' && told.architecture === 'arm64') {
    throw call.error('InvalidArchitecture.PlatformUnsupported');
  }
  checkBootMode(call, told.bootMode, told.architecture);
  return told;
}

interface Source {
  bucket: string;
  key: string;
  /** What the object has to be until the end. */
  etag: string;
  format: DiskFormat;
  packing: Packing | null;
  /** null: as large as it is. */
  sizeGib: number | null;
}

async function sourceOf(call: Call, regionId: string, mapping: Mapping): Promise<Source> {
  const { OSSBucket: bucket, OSSObject: key } = mapping;
  if (bucket === undefined) throw call.error('MissingParameter', { about: 'OSSBucket' });
  if (key === undefined) throw call.error('MissingParameter', { about: 'OSSObject' });
  const told = mapping.format?.toLowerCase();
  const declared = told === undefined || told === '' ? undefined : DISK_FORMATS.find((format) => format === told);
  // Packer's post-processor names its object `Packer_<number>` unless told, and the format beside it.
  const form = imageFormOf(key) ?? (told && !key.includes('.') ? { format: null, packing: null } : null);
  if (!form) throw call.error('UnsupportedSuffix.OSSObject');
  if (told && declared === undefined) throw call.error('InvalidImageFormat.Malformed', { about: 'wrongly formed' });
  const sizeGib = mapping.diskImageSize ?? mapping.diskImSize ?? null;
  if (sizeGib !== null && !(sizeGib >= 1 && sizeGib <= MOST_GIB)) throw call.error('InvalidDataDiskSize');

  const { device } = mapping;
  if (device && device !== SYSTEM_DEVICE && !isDataDevice(device)) throw call.error('InvalidParameter.Malformed');
  if (!isBucketName(bucket)) throw call.error('InvalidOSSBucket.Malformed');
  if (!isObjectKey(key)) throw call.error('InvalidOSSObject.Malformed');

  await checkOwnBucket(call, regionId, bucket);
  const object = await findObject(call.db, bucket, key);
  if (!object) throw call.error('InvalidOSSObject.NotFound');
  if (object.sizeBytes === 0) throw call.error('InvalidOSSObject.Size');
  return { bucket, key, etag: object.etag, format: declared ?? form.format ?? 'raw', packing: form.packing, sizeGib };
}
