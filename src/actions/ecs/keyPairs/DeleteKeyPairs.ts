import { attachedNames, deleteKeyPairs } from '../../../records/tables/keyPairs.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';

/** Names that are not there are as good as deleted. */
export const DeleteKeyPairs = action('Ecs', 'DeleteKeyPairs', { access: 'write' }, async (request, call) => {
  if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
  const owner = { accountId: call.accountId, regionId: call.region(request.regionId).regionId };
  if (request.keyPairNames === undefined) throw call.error('MissingParameter', { about: '"KeyPairNames"' });
  const names = jsonIds(request.keyPairNames);
  if (!names || names.length === 0) throw call.error('InvalidKeyPairNames.ValueNotSupported');
  const attached = await attachedNames(call.db, owner, names);
  if (attached.length > 0) throw call.error('InvalidParameter.KeypairAlreadyAttachedInstance');
  await deleteTags(call.db, 'keypair', names, { owner });
  await deleteKeyPairs(call.db, owner, names);
  return {};
});
