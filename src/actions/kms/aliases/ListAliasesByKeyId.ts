import { model } from '../../../contract/model.ts';
import { listAliases } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { ownKey } from '../keys/ownKey.ts';
import { aliasItem, aliasPage } from './alias.ts';

export const ListAliasesByKeyId = ownAction(
  'Kms',
  'ListAliasesByKeyId',
  {
    request: model({ regionId: 'string', keyId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: aliasPage,
    access: 'read',
    required: ['keyId'],
  },
  async (request, call) => {
    const page = pageFor(call, request);
    const { id: keyId, accountId, regionId } = await ownKey(call, request);
    const { rows, total } = await listAliases(call.db, { accountId, regionId, keyId }, page);
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      aliases: { alias: rows.map(aliasItem) },
    };
  },
);
