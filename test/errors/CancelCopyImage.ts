import sdk from '@alicloud/ecs20140526';
import type { ImageRow } from '../../src/records/tables/images.ts';
import type { Party } from '../wire/imageWorld.ts';
import { REGION, why, type Coverage, type Provoke } from './coverage.ts';

const cancel =
  (party: Party, imageId: string, regionId = REGION) =>
  () =>
    party.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId, imageId }));

const ofImage =
  (row: Partial<ImageRow>): Provoke =>
  async ({ world, alice }) =>
    cancel(alice, await world.image(alice, row));

export const CancelCopyImage: Coverage = {
  provoked: {
    ImageCreatedNotFromCopy: ofImage({}),
    IncorrectImageStatus: ofImage({ isCopied: 1 }),
    'InvalidImageId.NotFound': async ({ world, alice, bob }) =>
      cancel(alice, await world.image(bob, { isCopied: 1, status: 'Creating' })),
    'InvalidRegionId.NotFound': async ({ alice }) => cancel(alice, 'm-bp1none', 'cn-nowhere'),
  },
  otherwise: {},
  notHere: {
    CancelNotSupported: 'Every copy can be cancelled while it is under way.',
    InternalError: why.fault,
    'InvalidDescription.Malformed': 'The request has no description.',
  },
};
