import sdk from '@alicloud/ecs20140526';
import type { ImageRow } from '../../src/records/tables/images.ts';
import type { Party } from '../wire/imageWorld.ts';
import { REGION, type Coverage, type Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ModifyImageAttributeRequest>[0]>;

const modify = (party: Party, imageId: string, wish: Wish) => () =>
  party.ecs.modifyImageAttribute(new sdk.ModifyImageAttributeRequest({ regionId: REGION, imageId, ...wish }));

const wished =
  (wish: Wish, row: Partial<ImageRow> = {}): Provoke =>
  async ({ world, alice }) =>
    modify(alice, await world.image(alice, row), wish);

const imds = (imdsSupport: string): Wish => ({
  features: new sdk.ModifyImageAttributeRequestFeatures({ imdsSupport }),
});

export const ModifyImageAttribute: Coverage = {
  provoked: {
    ImageFamilyQuotaFull: async ({ world, alice }) => {
      await world.limit(alice, 'imageFamilies', 0);
      return modify(alice, await world.image(alice), { imageFamily: 'one-more' });
    },
    'ImageQuotaFull.ImageFamily': async ({ world, alice }) => {
      await world.image(alice, { family: 'full' });
      await world.limit(alice, 'imagesOfFamily', 1);
      return modify(alice, await world.image(alice), { imageFamily: 'full' });
    },
    'ImageStatus.NotAvailable': wished({ status: 'Deprecated' }, { status: 'CreateFailed' }),
    'ImageStatus.NotDeprecated': wished({ status: 'Available' }),
    ImageUseShared: async ({ world, alice, bob }) => {
      const imageId = await world.image(alice);
      await world.share(imageId, bob);
      return modify(alice, imageId, { status: 'Deprecated' });
    },
    'InvalidBootMode.NotSupport': wished({ bootMode: 'BIOS' }, { architecture: 'arm64', bootMode: 'UEFI' }),
    'InvalidDescription.Malformed': wished({ description: 'x' }),
    'InvalidImageFamily.Malformed': wished({ imageFamily: 'acs:debian' }),
    'InvalidImageId.NotFound': async ({ world, alice, bob }) =>
      modify(alice, await world.image(bob), { description: 'mine' }),
    'InvalidImageName.Duplicated': async ({ world, alice }) => {
      await world.image(alice, { name: 'taken' });
      return modify(alice, await world.image(alice), { imageName: 'taken' });
    },
    'InvalidImageName.Malformed': wished({ imageName: '1st' }),
    'InvalidLicenseType.NotSupported': wished({ licenseType: 'Free' }),
    'InvalidOperation.FeaturesImdsSupportNotMatch': wished(imds('v1'), { imdsSupport: 'v2' }),
    'InvalidParameter.FeaturesImdsSupport': wished(imds('v3')),
    'InvalidStatus.ImageIsCreating': wished({ description: 'soon' }, { status: 'Creating' }),
    MissingParameter: wished({ regionId: '' }),
    'OperationDeined.ImageUsingByInstance': async ({ world, alice }) => {
      const imageId = await world.image(alice);
      await world.instance(alice, { imageId });
      return modify(alice, imageId, { bootMode: 'UEFI' });
    },
  },
  otherwise: {},
  notHere: {},
};
