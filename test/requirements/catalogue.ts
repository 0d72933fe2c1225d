import assert from 'node:assert/strict';
import sdk from '@alicloud/ecs20140526';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BEIJING, createLifeWorld, HANGZHOU, type LifeWorld, type Tenant } from './world.ts';

export { BEIJING, HANGZHOU };
export const LINUX_2 = 'aliyun_2_1903_x64_20G_alibase_20240628.vhd';
export const LINUX_17 = 'aliyun_17_1_64_20G_cloudinit_alibase_20171222.vhd';

/** A life world with the vendor's public images. */
export const createCatalogueWorld = (): Promise<LifeWorld> => createLifeWorld({ catalogue: true });

/** The operator gives a public image a disk, or, without `imageId`, makes the built-in one. */
export async function giveDisk(life: LifeWorld, content: Buffer, imageId?: string, regionId = HANGZHOU): Promise<void> {
  const path = join(life.world.dataDir, 'given.raw');
  await writeFile(path, content);
  await life.operator('catalogue/disks', { path, format: 'raw', regionId, imageId });
  await life.settled();
}

/** `own`, `builtin` or `none`. */
export async function diskTag(tenant: Tenant, imageId: string, regionId = HANGZHOU): Promise<string | undefined> {
  const { body } = await tenant.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId, imageId, status: 'ALL' }));
  const tags = body!.images!.image![0]!.tags!.tag!;
  return tags.find(({ tagKey }) => tagKey === 'acs:tongjing:disk')?.tagValue;
}

/** What the catalogue records of an image, as a caller gets it. */
export interface CatalogueRecord {
  Title: string;
  Kernel: string;
  Userland: string;
  Hypervisors: string[];
  Networks: string[];
  Desktop: boolean;
  Container: boolean;
  Licence: string;
  Sources: string;
  SupportedOn: string;
  Compatibility: string[];
  Advantages: string[];
  Security: string[];
  Permissions: string;
  PricePerHour: { Mainland: number; Other: number };
  Disk: string;
}

/** The record of an image, as a new account gets it. */
export async function recordOf(life: LifeWorld, imageId: string): Promise<CatalogueRecord> {
  const reader = await life.tenant('reader');
  return tongjingClient(life.world, reader)('DescribeCatalogueImage', { ImageId: imageId });
}

/** Ids of public images that match, in any status. */
export async function publicImages(
  tenant: Tenant,
  filter: NonNullable<ConstructorParameters<typeof sdk.DescribeImagesRequest>[0]> = {},
) {
  const request = { regionId: HANGZHOU, imageOwnerAlias: 'system', status: 'ALL', pageSize: 100, ...filter };
  const { body } = await tenant.ecs.describeImages(new sdk.DescribeImagesRequest(request));
  assert.equal(body!.totalCount, body!.images!.image!.length);
  return body!.images!.image!;
}
