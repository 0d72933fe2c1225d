import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { REGION, type Coverage } from './coverage.ts';

const describe = (party: Party, query: { regionId?: string; imageId: string }) => () =>
  party.ecs.describeImageSharePermission(new sdk.DescribeImageSharePermissionRequest(query));

export const DescribeImageSharePermission: Coverage = {
  provoked: {
    'InvalidImageId.NotFound': async ({ world, alice, bob }) =>
      describe(alice, { regionId: REGION, imageId: await world.image(bob) }),
    MissingParameter: async ({ world, alice }) => describe(alice, { imageId: await world.image(alice) }),
  },
  otherwise: {},
  notHere: {},
};
