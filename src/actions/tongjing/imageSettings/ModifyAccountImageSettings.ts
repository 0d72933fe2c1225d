import { model } from '../../../contract/model.ts';
import { findAccounts } from '../../../records/tables/accounts.ts';
import { imageSettingsOf, setAllowedPublishers, setImageSettings } from '../../../records/tables/imageSettings.ts';
import { ownAction } from '../../action.ts';
import { BOOT_PROOFS } from '../../../rules/bootProof.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { refuseWithoutMachines } from '../bootProofs/refuseWithoutMachines.ts';

const MAX_RECYCLE_BIN_DAYS = 365;
const MAX_PUBLISHERS = 100;
/** Publishers besides accounts: those of public images. */
const PUBLIC_KINDS = new Set(['system', 'marketplace']);
/** Alone: there is no list. */
const EVERYONE = 'everyone';

/** What is not said stays. Settings hold for what happens from now on, in all regions; the list of publishers at once. */
export const ModifyAccountImageSettings = ownAction(
  'Tongjing',
  'ModifyAccountImageSettings',
  {
    request: model({
      shareAcceptance: 'string',
      sharing: 'string',
      recycleBinDays: 'number',
      bootProof: 'string',
      allowedPublisher: ['string'],
    }),
    response: model({}),
    access: 'write',
  },
  async (request, call) => {
    const before = await imageSettingsOf(call.db, call.accountId);
    const { recycleBinDays = before.recycleBinDays } = request;
    if (recycleBinDays < 0 || recycleBinDays > MAX_RECYCLE_BIN_DAYS) {
      throw call.error('InvalidParameter', { hint: `RecycleBinDays is 0 (off) to ${MAX_RECYCLE_BIN_DAYS}.` });
    }
    const acceptance = oneOf(call, request.shareAcceptance, ['automatic', 'required'], 'InvalidParameter');
    const sharing = oneOf(call, request.sharing, ['allowed', 'blocked'], 'InvalidParameter');
    const bootProof = oneOf(call, request.bootProof, BOOT_PROOFS, 'InvalidParameter');
    if (bootProof === 'required') refuseWithoutMachines(call);
    await setImageSettings(call.db, {
      accountId: call.accountId,
      shareAcceptance: acceptance ?? before.shareAcceptance,
      sharing: sharing ?? before.sharing,
      recycleBinDays,
      bootProof: bootProof ?? before.bootProof,
    });
    const { allowedPublisher } = request;
    if (allowedPublisher !== undefined) {
      await setAllowedPublishers(call.db, call.accountId, await readPublishers(call, allowedPublisher));
    }
    return {};
  },
);

/** None: everybody. An account's own images are there whatever the list says. */
async function readPublishers(call: Call, names: readonly string[]): Promise<string[]> {
  const publishers = [...new Set(names)];
  if (publishers.length === 1 && publishers[0] === EVERYONE) return [];
  if (publishers.length > MAX_PUBLISHERS) {
    throw call.error('InvalidParameter', { hint: `AllowedPublisher names at most ${MAX_PUBLISHERS}.` });
  }
  const ids = publishers.filter((name) => !PUBLIC_KINDS.has(name));
  const found = new Set((await findAccounts(call.db, ids)).map(({ id }) => id));
  const unknown = ids.find((id) => !found.has(id));
  if (unknown !== undefined) throw call.error('InvalidAccount.NotFound', { values: [unknown] });
  return publishers;
}
