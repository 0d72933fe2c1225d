import sdk from '@alicloud/ecs20140526';
import type { WorldOptions } from '../world.ts';
import { createImageWorld, type Party } from './imageWorld.ts';
import { tongjingClient, type TongjingClient } from './tongjingClient.ts';

export const REGION = 'cn-hangzhou';

export interface ExtensionParty extends Party {
  ask: TongjingClient;
}

/** A world of images whose parties speak our own actions, too. */
export async function createExtensionWorld(options: WorldOptions = {}) {
  const images = await createImageWorld(options);
  return {
    ...images,
    async party(): Promise<ExtensionParty> {
      const party = await images.party();
      return { ...party, ask: tongjingClient(images.world, party) };
    },
    [Symbol.asyncDispose]: () => images[Symbol.asyncDispose](),
  };
}

type Share = NonNullable<ConstructorParameters<typeof sdk.ModifyImageSharePermissionRequest>[0]>;

export const share = (party: Party, imageId: string, wish: Share) =>
  party.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: REGION, imageId, ...wish }),
  );

export const remove = (party: Party, imageId: string, force = false) =>
  party.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: REGION, imageId, force }));

export const copy = (party: Party, imageId: string, destinationRegionId = REGION) =>
  party.ecs.copyImage(new sdk.CopyImageRequest({ regionId: REGION, imageId, destinationRegionId }));

/** Ids that DescribeImages lists. */
export async function seen(
  party: Party,
  wish: ConstructorParameters<typeof sdk.DescribeImagesRequest>[0] = {},
): Promise<string[]> {
  const request = new sdk.DescribeImagesRequest({ regionId: REGION, pageSize: 100, ...wish });
  return (await party.ecs.describeImages(request)).body!.images!.image!.map(({ imageId }) => imageId!);
}
