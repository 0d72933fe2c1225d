import {
  countImages,
  familySizes,
  findImageForLineage,
  isImageNameTaken,
  type ImageRow,
} from '../../../records/tables/images.ts';
import { isDescription, isImageName } from '../../../rules/names.ts';
import { DEFAULT_PLATFORM, osNames, osTypeOf } from '../../../rules/platforms.ts';
import type { Call } from '../../call.ts';

interface Texts {
  name?: string | undefined;
  description?: string | undefined;
  family?: string | undefined;
}

/** Refuses texts that an image of the caller may not have, a name that another one there has, and a family that is full. */
export async function checkTexts(call: Call, regionId: string, { name, description, family }: Texts): Promise<void> {
  const place = { accountId: call.accountId, regionId };
  if (description !== undefined && !isDescription(description)) throw call.error('InvalidDescription.Malformed');
  if (name !== undefined) {
    if (!isImageName(name)) throw call.error('InvalidImageName.Malformed');
    if (await isImageNameTaken(call.db, place, name)) throw call.error('InvalidImageName.Duplicated');
  }
  if (family !== undefined) {
    if (!isImageName(family)) throw call.error('InvalidImageFamily.Malformed');
    const sizes = await familySizes(call.db, place);
    const codes = familyCodes(call);
    if (!sizes.has(family) && sizes.size >= (await call.quota('imageFamilies'))) throw call.error(codes.families);
    if ((sizes.get(family) ?? 0) >= (await call.quota('imagesOfFamily'))) throw call.error(codes.images);
  }
}

/** The two actions that set a family word their refusals differently. */
const familyCodes = (call: Call) =>
  call.actionName === 'ModifyImageAttribute'
    ? { families: 'ImageFamilyQuotaFull', images: 'ImageQuotaFull.ImageFamily' }
    : { families: 'ImageFamilyQuotaExceed', images: 'ImageQuotaExceed.ImageFamily' };

/** Refuses one image more than the caller may have in the region. */
export async function checkQuota(call: Call, regionId: string): Promise<void> {
  const most = await call.quota('images');
  if ((await countImages(call.db, { accountId: call.accountId, regionId })) < most) return;
  throw call.error('QuotaExceed.Image', { values: [String(most)] });
}

/** What an image says of the system on it. */
export type ImageSystem = Pick<
  ImageRow,
  | 'version'
  | 'platform'
  | 'osType'
  | 'osName'
  | 'osNameEn'
  | 'architecture'
  | 'bootMode'
  | 'isSupportCloudinit'
  | 'isSupportIoOptimized'
  | 'nvmeSupport'
  | 'imdsSupport'
  | 'licenseType'
  | 'productCode'
>;

/** The system of an image, which may be deleted by now; null when there never was one. */
export async function systemOfImage(call: Call, imageId: string | null): Promise<ImageSystem | null> {
  const row = imageId === null ? undefined : await findImageForLineage(call.db, imageId);
  if (!row) return null;
  const { version, platform, osType, osName, osNameEn, architecture, bootMode } = row;
  const { isSupportCloudinit, isSupportIoOptimized, nvmeSupport, imdsSupport, licenseType, productCode } = row;
  return {
    version,
    platform,
    osType,
    osName,
    osNameEn,
    architecture,
    bootMode,
    isSupportCloudinit,
    isSupportIoOptimized,
    nvmeSupport,
    imdsSupport,
    licenseType,
    productCode,
  };
}

/** A system of which only this much is known. */
export function bareSystem(
  platform: string = DEFAULT_PLATFORM,
  architecture: ImageRow['architecture'] = 'x86_64',
): ImageSystem {
  return {
    version: '',
    platform,
    osType: osTypeOf(platform),
    ...osNames(platform, architecture),
    architecture,
    bootMode: architecture === 'arm64' ? 'UEFI' : 'BIOS',
    isSupportCloudinit: 0,
    isSupportIoOptimized: 1,
    nvmeSupport: 'unsupported',
    imdsSupport: 'v1',
    licenseType: null,
    productCode: null,
  };
}

/** BIOS is a PC's: arm64 knows UEFI alone. */
export function checkBootMode(
  call: Call,
  bootMode: ImageRow['bootMode'],
  architecture: ImageRow['architecture'],
): void {
  if (architecture === 'arm64' && bootMode !== 'UEFI') {
    throw call.error('InvalidBootMode.NotSupport', { about: 'current image architecture' });
  }
}
