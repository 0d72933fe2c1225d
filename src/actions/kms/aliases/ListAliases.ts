import { model } from '../../../contract/model.ts';
import { listAliases } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { placeOf } from '../place.ts';
import { aliasItem, aliasPage } from './alias.ts';

export const ListAliases = ownAction(
  'Kms',
  'ListAliases',
  {
    request: model({ regionId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: aliasPage,
    access: 'read',
  },
  async (request, call) => {
    const page = pageFor(call, request);
    const { rows, total } = await listAliases(call.db, placeOf(call, request), page);
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      aliases: { alias: rows.map(aliasItem) },
    };
  },
);
