import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import type { Party } from '../wire/imageWorld.ts';
import { REGION, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ModifyImageSharePermissionRequest>[0]>;

const modify = (party: Party, imageId: string, wish: Wish) => () =>
  party.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: REGION, imageId, ...wish }),
  );

/** Alice's image, shared with Bob unless the wish says otherwise. */
const wished =
  (wish: Wish = {}, row: Parameters<Stage['world']['image']>[1] = {}): Provoke =>
  async ({ world, alice, bob }) =>
    modify(alice, await world.image(alice, row), { addAccount: [bob.accountId], ...wish });

export const ModifyImageSharePermission: Coverage = {
  provoked: {
    'CurrentRegion.NotSupportPublicImage': wished({ addAccount: [], isPublic: true }),
    'ForbiddenParameter.LaunchPermission': wished({ addAccount: [], launchPermission: 'HIDDEN' }),
    'Image.NotPublic': wished({ addAccount: [], isPublic: false }),
    'Image.Public': async ({ world, alice }) => {
      const imageId = await world.image(world.operator, { kind: 'system' });
      return modify(world.operator, imageId, { addAccount: [alice.accountId] });
    },
    'InvalidAccount.Forbbiden': async ({ world, alice }) =>
      modify(alice, await world.image(alice), { addAccount: [alice.accountId] }),
    'InvalidAccount.NotFound': wished({ addAccount: ['1000000000000000'] }),
    'InvalidImageId.BidMismatch': async ({ world, alice }) => {
      const kim = await world.party('japan');
      return modify(alice, await world.image(alice, { productCode: 'cmjj03' }), { addAccount: [kim.accountId] });
    },
    'InvalidImageId.NotFound': async ({ world, alice, bob }) =>
      modify(alice, await world.image(bob), { addAccount: [bob.accountId] }),
    'InvalidParameter.IsPublic': wished({ isPublic: true }),
    MissingParameter: wished({ regionId: '' }),
    'OperationDeined.EncryptedSnapshot': async ({ world, alice, bob }) =>
      modify(alice, await world.image(alice, {}, [{ encrypted: 1 }]), { addAccount: [bob.accountId] }),
    'OperationDenied.InvalidImageStatus': wished({}, { status: 'Deprecated' }),
    'QuotaExceed.ShareImage': async ({ world, alice, bob }) => {
      for (let had = 0; had < quotas.receivedImages; had++) await world.share(await world.image(alice), bob);
      return modify(alice, await world.image(alice), { addAccount: [bob.accountId] });
    },
    'QuotaExceed.ShareImageUser': async ({ world, alice, bob }) => {
      const imageId = await world.image(alice);
      for (let had = 0; had < quotas.imageShares; had++) await world.share(imageId, await world.party());
      return modify(alice, imageId, { addAccount: [bob.accountId] });
    },
    'UnnecessaryParameter.LaunchPermission': wished({ launchPermission: 'HIDDEN' }),
  },
  otherwise: {
    'InvalidParameter.LaunchPermission': 'LaunchPermission is refused whatever its value.',
  },
  notHere: {
    AssumeRoleError: why.kmsAuthorised,
    'ImageDescription.ContainsSensitiveWords': 'Nobody reads what images are called.',
    'ImageName.ContainsSensitiveWords': 'Nobody reads what images are called.',
    'InvalidGroup.Malformed': 'Images are shared with accounts, not with groups.',
    'InvalidOperation.ServiceKeyEncryptedImageUnsupported': why.notEncrypted,
    'InvalidParameter.KMSKeyId.CMKNotEnabled': why.notEncrypted,
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'OperationDeined.FullImage': why.notEncrypted,
    'PublicImageAgreement.NotSigned': why.community,
  },
};
