import { countKeyPairs, findKeyPair, insertKeyPair, type KeyPairRow } from '../../../records/tables/keyPairs.ts';
import { isResourceName } from '../../../rules/names.ts';
import type { SshKey } from '../../../rules/sshKeys.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags, type TagInput } from '../../tags.ts';

interface NewKeyPair {
  regionId?: string;
  keyPairName: string;
  resourceGroupId?: string;
  tag?: TagInput[];
}

/** Whether the name may be used for a new key pair; refused with the official code when not. */
export async function checkNewKeyPair(call: Call, request: NewKeyPair): Promise<void> {
  const owner = { accountId: call.accountId, regionId: call.region(request.regionId).regionId };
  if (!isResourceName(request.keyPairName)) throw call.error('InvalidKeyPairName.Malformed');
  if (await findKeyPair(call.db, owner, request.keyPairName)) throw call.error('KeyPair.AlreadyExist');
  if ((await countKeyPairs(call.db, owner)) >= (await call.quota('keyPairs'))) throw call.error('QuotaExceed.KeyPair');
}

export async function saveKeyPair(call: Call, request: NewKeyPair, key: SshKey): Promise<KeyPairRow> {
  const { regionId, idInfix } = call.region(request.regionId);
  const row: KeyPairRow = {
    accountId: call.accountId,
    regionId,
    name: request.keyPairName,
    id: call.ids.resource('ssh', idInfix),
    fingerprint: key.fingerprint,
    publicKey: key.line,
    resourceGroupId: checkResourceGroup(call, request.resourceGroupId),
    createdAt: call.clock.now(),
  };
  await insertKeyPair(call.db, row);
  await saveTags(call, { resourceType: 'keypair', resourceId: row.name, regionId }, request.tag);
  return row;
}
