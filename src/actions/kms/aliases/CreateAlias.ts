import { model } from '../../../contract/model.ts';
import { findAlias, putAlias } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import { changeableKey, refuseState } from '../keys/ownKey.ts';
import { placeOf } from '../place.ts';
import { checkAliasName } from './alias.ts';

export const CreateAlias = ownAction(
  'Kms',
  'CreateAlias',
  {
    request: model({ regionId: 'string', keyId: 'string', aliasName: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'aliasName'],
  },
  async (request, call) => {
    const { accountId, regionId } = placeOf(call, request);
    const name = request.aliasName;
    checkAliasName(call, name);
    const key = await changeableKey(call, request);
    refuseState(call, key, 'alias');
    if (await findAlias(call.db, { accountId, regionId }, name)) throw call.error('AliasAlreadyExists');
    await putAlias(call.db, { accountId, regionId, name, keyId: key.id });
    return {};
  },
);
