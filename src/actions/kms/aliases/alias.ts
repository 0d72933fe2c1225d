import { model, type DataOf } from '../../../contract/model.ts';
import { findAlias, type KmsAliasRow } from '../../../records/tables/kmsKeys.ts';
import type { Call } from '../../call.ts';
import { invalid } from '../invalid.ts';
import { placeOf } from '../place.ts';

export const Alias = model({ keyId: 'string', aliasName: 'string', aliasArn: 'string' });

/** A page of aliases. */
export const aliasPage = model({
  totalCount: 'number',
  pageNumber: 'number',
  pageSize: 'number',
  aliases: model({ alias: [Alias] }),
});

export const aliasItem = ({ accountId, regionId, name, keyId }: KmsAliasRow): DataOf<typeof Alias> => ({
  keyId,
  aliasName: name,
  aliasArn: `acs:kms:${regionId}:${accountId}:${name}`,
});

/** `alias/` and 1 to 249 characters. `alias/acs/…` are the cloud's own. */
const NAME = /^alias\/[\w/-]{1,249}$/;

export function checkAliasName(call: Call, name: string): void {
  if (!NAME.test(name) || name.startsWith('alias/acs/')) {
    throw invalid(call, 'AliasName', 'It is alias/ and letters, digits, /, _, -; not alias/acs/.');
  }
}

/** An alias that the caller has and may change. */
export async function ownAlias(call: Call, request: { regionId?: string; aliasName: string }): Promise<KmsAliasRow> {
  checkAliasName(call, request.aliasName);
  const alias = await findAlias(call.db, placeOf(call, request), request.aliasName);
  if (!alias) throw call.error('Forbidden.AliasNotFound');
  return alias;
}
