import type { InstanceType } from './instanceTypes.ts';

/** What decides whether an image boots on an instance type. */
export interface ImageTraits {
  architecture: 'i386' | 'x86_64' | 'arm64';
  osType: 'linux' | 'windows';
  /** `Alibaba Cloud Linux  2.1903 LTS 64 bit`. */
  osNameEn: string;
  nvmeSupport: 'supported' | 'unsupported';
  isSupportIoOptimized: 0 | 1;
}

/** Why it does not, as a sentence for a person. */
export type Misfit = string;

/** 32-bit systems reach less than this, GiB. */
const I386_MEMORY_BELOW_GIB = 4;
const WINDOWS_MEMORY_FROM_GIB = 1;
/** Version 2 and later of the vendor's own Linux. */
const NEEDS_KVM = /^(?:Aliyun|Alibaba Cloud) Linux +[2-9]/;

/** Whether instances of it can be in the classic network, where there is one. */
export const fitsClassic = ({ osNameEn }: Pick<ImageTraits, 'osNameEn'>): boolean => !NEEDS_KVM.test(osNameEn);

/**
 * null when instances of the type can be made from the image.
 * Source: reference page of DescribeImageSupportInstanceTypes and the image FAQ.
 */
export function misfit(image: ImageTraits, type: InstanceType): Misfit | null {
  const wantsArm = image.architecture === 'arm64';
  if (wantsArm !== (type.architecture === 'ARM')) {
    return `The image is for ${image.architecture}, ${type.instanceTypeId} is ${type.architecture}.`;
  }
  if (image.architecture === 'i386' && type.memoryGib >= I386_MEMORY_BELOW_GIB) {
    return `A 32-bit image needs less than ${I386_MEMORY_BELOW_GIB} GiB of memory.`;
  }
  const isLargeWindows = image.osType === 'windows' && !/\b1709\b/.test(image.osNameEn);
  if (isLargeWindows && type.memoryGib < WINDOWS_MEMORY_FROM_GIB) {
    return `Windows but for version 1709 needs at least ${WINDOWS_MEMORY_FROM_GIB} GiB of memory.`;
  }
  if (type.hypervisor === 'Xen' && NEEDS_KVM.test(image.osNameEn)) {
    return `${image.osNameEn} does not run on Xen-based instance types.`;
  }
  if (type.nvmeSupport === 'required' && image.nvmeSupport !== 'supported') {
    return `${type.instanceTypeId} needs an image with the NVMe driver.`;
  }
  if (type.ioOptimized === 'required' && !image.isSupportIoOptimized) {
    return `${type.instanceTypeId} is I/O-optimised only, the image is not.`;
  }
  return null;
}
