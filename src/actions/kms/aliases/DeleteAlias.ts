import { model } from '../../../contract/model.ts';
import { deleteAlias } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import { ownAlias } from './alias.ts';

export const DeleteAlias = ownAction(
  'Kms',
  'DeleteAlias',
  {
    request: model({ regionId: 'string', aliasName: 'string' }),
    response: model({}),
    access: 'write',
    required: ['aliasName'],
  },
  async (request, call) => {
    await deleteAlias(call.db, await ownAlias(call, request));
    return {};
  },
);
