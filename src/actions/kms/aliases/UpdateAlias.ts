import { model } from '../../../contract/model.ts';
import { putAlias } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import { changeableKey, refuseState } from '../keys/ownKey.ts';
import { ownAlias } from './alias.ts';

/** Points an alias at another key. Only the new key's state counts. */
export const UpdateAlias = ownAction(
  'Kms',
  'UpdateAlias',
  {
    request: model({ regionId: 'string', keyId: 'string', aliasName: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'aliasName'],
  },
  async (request, call) => {
    const alias = await ownAlias(call, request);
    const key = await changeableKey(call, request);
    refuseState(call, key, 'modify');
    await putAlias(call.db, { ...alias, keyId: key.id });
    return {};
  },
);
