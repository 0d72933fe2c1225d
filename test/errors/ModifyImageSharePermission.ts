import sdk from '@alicloud/ecs20140526';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import { quotas } from '../../src/rules/quotas.ts';
import type { Party } from '../wire/imageWorld.ts';
import { kmsClient } from '../wire/kmsClient.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { REGION, shutKey, why, type Coverage, type Provoke, type Stage } from './coverage.ts';

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

/** Alice's image of an encrypted system disk. */
const encrypted =
  (key: Partial<SnapshotRow>, data: Partial<SnapshotRow>[] = []): Provoke =>
  async ({ world, alice, bob }) => {
    const imageId = await world.image(alice, {}, data);
    const [snapshotId = ''] = await world.snapshotsOf(imageId);
    await world.change('snapshots', snapshotId, key);
    return modify(alice, imageId, { addAccount: [bob.accountId] });
  };

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
    'InvalidOperation.ServiceKeyEncryptedImageUnsupported': async (stage) => {
      const { alice } = stage;
      const zone = { regionId: REGION, zoneId: 'cn-hangzhou-h' };
      await alice.ecs.createDisk(new sdk.CreateDiskRequest({ ...zone, size: 20, encrypted: true }));
      const { Aliases } = await kmsClient(stage.world.world, alice)('ListAliases');
      return encrypted({ encrypted: 1, kmsKeyId: Aliases.Alias[0]!.KeyId })(stage);
    },
    'InvalidParameter.KMSKeyId.CMKNotEnabled': async (stage) => encrypted(await shutKey(stage))(stage),
    'OperationDeined.FullImage': async (stage) => encrypted(await shutKey(stage), [{}])(stage),
    'OperationDenied.InvalidImageStatus': wished({}, { status: 'Deprecated' }),
    'OperationDenied.SharingBlocked': async ({ world, bob }) => {
      const carol = await world.party();
      await tongjingClient(world.world, carol)('ModifyAccountImageSettings', { Sharing: 'blocked' });
      return modify(carol, await world.image(carol), { addAccount: [bob.accountId] });
    },
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
    'OperationDeined.EncryptedSnapshot':
      'An encrypted image that is not shared answers why: its key, or its several disks.',
    'InvalidParameter.LaunchPermission': 'LaunchPermission is refused whatever its value.',
  },
  notHere: {
    AssumeRoleError: why.kmsAuthorised,
    'ImageDescription.ContainsSensitiveWords': 'Nobody reads what images are called.',
    'ImageName.ContainsSensitiveWords': 'Nobody reads what images are called.',
    'InvalidGroup.Malformed': 'Images are shared with accounts, not with groups.',
    'InvalidParameter.KMSKeyId.CMKUnauthorized': why.kmsAuthorised,
    'PublicImageAgreement.NotSigned': why.community,
  },
};
