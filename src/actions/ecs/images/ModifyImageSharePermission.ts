import type { RequestOf } from '../../../contract/sdk.ts';
import { quotaOf } from '../../../records/tables/accountQuotas.ts';
import { findAccounts } from '../../../records/tables/accounts.ts';
import type { ImageRow } from '../../../records/tables/images.ts';
import { imageDisksOf } from '../../../records/tables/imageDisks.ts';
import { addShare, countReceived, countShares, removeShares, sharesOf } from '../../../records/tables/imageShares.ts';
import { imageSettingsOf } from '../../../records/tables/imageSettings.ts';
import { findKey } from '../../../records/tables/kmsKeys.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { isServiceKey } from '../../kms/keys/keyMetadata.ts';
import { refuseShutKeys } from '../encryption.ts';
import { ownImage } from './ownImage.ts';

type Request = RequestOf<'Ecs', 'ModifyImageSharePermission'>;

/** Accounts of one call that count: the rest is passed over, as the vendor does. */
const ACCOUNTS_OF_CALL = 10;

/** Removals go first, so that they make room. A call without accounts is no error: Packer makes it for every image. */
export const ModifyImageSharePermission = action(
  'Ecs',
  'ModifyImageSharePermission',
  { access: 'write', required: ['imageId'] },
  async (request, call) => {
    if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    refusePublishing(request, call, image);
    const added = unique(request.addAccount);
    const removed = unique(request.removeAccount);
    await checkAccounts(call, image, [...added, ...removed]);
    await removeShares(call.db, image.id, removed);
    if (added.length > 0) await share(call, image, added);
    return {};
  },
);

const unique = (accounts: readonly string[] | undefined): string[] => [
  ...new Set((accounts ?? []).slice(0, ACCOUNTS_OF_CALL)),
];

/** There are no community images: an image is shared with accounts by name. */
function refusePublishing(request: Request, call: Call, image: ImageRow): void {
  const hasAccounts = (request.addAccount ?? []).length + (request.removeAccount ?? []).length > 0;
  if (request.launchPermission !== undefined) {
    throw call.error(hasAccounts ? 'UnnecessaryParameter.LaunchPermission' : 'ForbiddenParameter.LaunchPermission');
  }
  if (request.isPublic !== undefined) {
    if (hasAccounts) throw call.error('InvalidParameter.IsPublic');
    throw call.error(request.isPublic ? 'CurrentRegion.NotSupportPublicImage' : 'Image.NotPublic');
  }
  if (image.kind === 'system' && hasAccounts) throw call.error('Image.Public');
}

async function checkAccounts(call: Call, image: ImageRow, ids: readonly string[]): Promise<void> {
  if (ids.includes(call.accountId)) throw call.error('InvalidAccount.Forbbiden');
  const found = new Map((await findAccounts(call.db, ids)).map((account) => [account.id, account]));
  for (const id of ids) {
    const account = found.get(id);
    if (!account) throw call.error('InvalidAccount.NotFound', { values: [id] });
    // Sites share with one another, but for what was bought on one of them.
    if (image.productCode !== null && account.site !== call.caller.account.site) {
      throw call.error('InvalidImageId.BidMismatch', { values: [id] });
    }
  }
}

/**
 * An encrypted image is shared when it is one disk under an own key, which is Enabled. A service key is the account's alone. Whoever receives it
 * never has the key: what they make of it is encrypted anew, under a key of their own. The role that the cloud asks for besides stands for the
 * owner's consent to that; there are no roles of services here, and sharing is the consent.
 */
async function refuseEncrypted(call: Call, image: ImageRow): Promise<void> {
  const disks = await imageDisksOf(call.db, [image.id]);
  if (!disks.some(({ encrypted }) => encrypted === 1)) return;
  for (const { kmsKeyId } of disks) {
    const key = kmsKeyId === null ? undefined : await findKey(call.db, kmsKeyId, call.clock.now());
    if (key && isServiceKey(key)) throw call.error('InvalidOperation.ServiceKeyEncryptedImageUnsupported');
  }
  if (disks.filter(({ snapshotId }) => snapshotId !== null).length > 1) throw call.error('OperationDeined.FullImage');
  await refuseShutKeys(call, disks);
}

/** Our own: an account can block sharing for itself. What it shares already stays so until it is taken back. */
async function refuseBlocked(call: Call): Promise<void> {
  const { sharing } = await imageSettingsOf(call.db, call.accountId);
  if (sharing === 'blocked') throw call.error('OperationDenied.SharingBlocked');
}

async function share(call: Call, image: ImageRow, receivers: readonly string[]): Promise<void> {
  if (!allows(imageCan.share, image.status)) throw call.error('OperationDenied.InvalidImageStatus');
  await refuseBlocked(call);
  await refuseEncrypted(call, image);
  const now = call.clock.now();
  const present = new Set((await sharesOf(call.db, image.id, now)).map(({ accountId }) => accountId));
  for (const accountId of receivers.filter((id) => !present.has(id))) {
    const most = await quotaOf(call.db, accountId, 'receivedImages');
    if ((await countReceived(call.db, accountId, now)) >= most) throw call.error('QuotaExceed.ShareImage');
    const isPending = (await imageSettingsOf(call.db, accountId)).shareAcceptance === 'required' ? 1 : 0;
    await addShare(call.db, { imageId: image.id, accountId, sharedAt: now, isPending, note: '', endsAt: null });
  }
  const most = await call.quota('imageShares');
  if ((await countShares(call.db, image.id, now)) > most) throw call.error('QuotaExceed.ShareImageUser');
}
