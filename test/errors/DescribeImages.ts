import sdk from '@alicloud/ecs20140526';
import { REGION, why, type Coverage, type Provoke } from './coverage.ts';

type Query = NonNullable<ConstructorParameters<typeof sdk.DescribeImagesRequest>[0]>;

const asked =
  (query: Query): Provoke =>
  async ({ alice }) =>
  () =>
    alice.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId: REGION, ...query }));

const filter = (key: string, value: string): Query => ({
  filter: [new sdk.DescribeImagesRequestFilter({ key, value })],
});
const tags = (...of: object[]): Query => ({ tag: of.map((one) => new sdk.DescribeImagesRequestTag(one)) });

export const DescribeImages: Coverage = {
  provoked: {
    InvalidArchitecture: asked({ architecture: 'mips' }),
    'InvalidFilterKey.NotFound': asked(filter('Colour', 'red')),
    InvalidFilterValue: asked(filter('CreationStartTime', 'yesterday')),
    'InvalidFilterValue.NetworkType': asked(filter('NetworkType', 'token ring')),
    'InvalidImageOwnerAlias.PublicImageUnsupported': asked({ isPublic: true }),
    'InvalidImageOwnerAlias.ValueNotSupported': asked({ imageOwnerAlias: 'friends' }),
    'InvalidInstanceType.ValueNotSupported': asked({ instanceType: 'ecs.none' }),
    InvalidOSType: asked({ OSType: 'beos' }),
    'InvalidOperation.ImageOwnerIdUnsupported': asked({ imageOwnerId: 1000000000000001 }),
    InvalidParamter: asked({ actionType: 'Dance' }),
    'InvalidTag.Mismatch': asked(tags({ value: 'v' })),
    InvalidTagCount: asked(tags(...Array.from({ length: 21 }, (_, number) => ({ key: `k${number}` })))),
    InvalidUsage: asked({ usage: 'disk' }),
  },
  otherwise: {},
  notHere: {
    'CurrentAccount.NotSupportPublicImage': why.community,
    InternalError: why.fault,
  },
};
