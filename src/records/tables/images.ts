import type { Flag } from '../schema.ts';

export type ImageStatus = 'Waiting' | 'Creating' | 'Available' | 'UnAvailable' | 'CreateFailed' | 'Deprecated';

export interface ImageRow {
  id: string;
  accountId: string;
  regionId: string;
  /** `system`: public, for everyone; `self`: custom; `marketplace`. What a caller sees as ImageOwnerAlias follows from this and the shares. */
  kind: 'system' | 'self' | 'marketplace';
  name: string;
  family: string;
  version: string;
  description: string;
  status: ImageStatus;
  /** 0 … 100. */
  progress: number;
  platform: string;
  osType: 'linux' | 'windows';
  osName: string;
  osNameEn: string;
  architecture: 'i386' | 'x86_64' | 'arm64';
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  /** System disk only. */
  sizeGib: number;
  isCopied: Flag;
  isSupportCloudinit: Flag;
  isSupportIoOptimized: Flag;
  nvmeSupport: 'supported' | 'unsupported';
  imdsSupport: 'v1' | 'v2';
  licenseType: string | null;
  productCode: string | null;
  resourceGroupId: string;
  /** What it was made from, for lineage: each null when it does not apply. */
  sourceInstanceId: string | null;
  sourceImageId: string | null;
  sourceRegionId: string | null;
  createdAt: number;
  /** Set once deleted: the row stays so that instances keep naming it; every query but lineage leaves it out. */
  deletedAt: number | null;
}

/** One disk of an image (DiskDeviceMapping). */
export interface ImageDiskRow {
  imageId: string;
  /** 0 is the system disk. */
  position: number;
  /** null: an empty data disk of `sizeGib`. */
  snapshotId: string | null;
  device: string;
  type: 'system' | 'data';
  sizeGib: number;
  format: string;
  category: string | null;
  importBucket: string | null;
  importObject: string | null;
}

export interface ImageShareRow {
  imageId: string;
  /** Receiver. */
  accountId: string;
  sharedAt: number;
}
