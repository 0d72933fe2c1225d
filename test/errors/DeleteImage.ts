import sdk from '@alicloud/ecs20140526';
import type { JobKind } from '../../src/jobs/kinds.ts';
import type { Coverage, Provoke, Stage } from './coverage.ts';
import { REGION } from './coverage.ts';
import type { Party } from '../wire/imageWorld.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';

const remove = (party: Party, imageId: string) => () =>
  party.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: REGION, imageId }));

/** The image has a job that has not begun. */
const during =
  (kind: JobKind, row: Parameters<Stage['world']['image']>[1]): Provoke =>
  async ({ world, alice }) => {
    const imageId = await world.image(alice, row);
    await world.waitingJob(kind, alice, imageId);
    return remove(alice, imageId);
  };

export const DeleteImage: Coverage = {
  provoked: {
    ImageIsCreating: async ({ world, alice }) => remove(alice, await world.image(alice, { status: 'Creating' })),
    ImageIsExporting: during('exportImage', {}),
    ImageIsImporting: during('importImage', { status: 'Waiting' }),
    ImageIsPublic: async ({ world }) => remove(world.operator, await world.image(world.operator, { kind: 'system' })),
    ImageUseShared: async ({ world, alice, bob }) => {
      const imageId = await world.image(alice);
      await world.share(imageId, bob);
      return remove(alice, imageId);
    },
    ImageUsingByInstance: async ({ world, alice }) => {
      const imageId = await world.image(alice);
      await world.instance(alice, { imageId });
      return remove(alice, imageId);
    },
    'InvalidOperation.DeletionProtection': async ({ world, alice }) => {
      const ImageId = await world.image(alice);
      await tongjingClient(world.world, alice)('ModifyImageProtection', { ImageId, DeletionProtection: true });
      return remove(alice, ImageId);
    },
    'InvalidImageId.NotFound': async ({ world, alice, bob }) => remove(alice, await world.image(bob)),
    'OperationDenied.ImageCopying': async ({ world, alice }) =>
      remove(alice, await world.image(alice, { status: 'Creating', isCopied: 1 })),
  },
  otherwise: {},
  notHere: {},
};
