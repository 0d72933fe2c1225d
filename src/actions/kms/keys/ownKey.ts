import type { ApiError } from '../../../contract/errors.ts';
import { findAlias, findKey, updateKey, type KmsKeyRow } from '../../../records/tables/kmsKeys.ts';
import { allows, keyCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { placeOf } from '../place.ts';
import { isServiceKey } from './keyMetadata.ts';

interface Named {
  regionId?: string;
  keyId: string;
}

const ARN = /^acs:kms:([^:]+):([^:]+):(key\/|alias\/)(.+)$/;

/** The caller's key in the call's region, by id, alias or ARN. One of another account or region is as none. */
export async function ownKey(call: Call, request: Named): Promise<KmsKeyRow> {
  const place = placeOf(call, request);
  const arn = ARN.exec(request.keyId);
  const isElsewhere = arn !== null && (arn[1] !== place.regionId || arn[2] !== place.accountId);
  const name = !arn ? request.keyId : arn[3] === 'alias/' ? `alias/${arn[4]}` : arn[4]!;
  let keyId = name;
  if (name.startsWith('alias/')) {
    const alias = isElsewhere ? undefined : await findAlias(call.db, place, name);
    if (!alias) throw call.error('Forbidden.AliasNotFound');
    ({ keyId } = alias);
  }
  const row = isElsewhere ? undefined : await findKey(call.db, keyId, call.clock.now());
  if (row?.accountId !== place.accountId || row.regionId !== place.regionId) throw call.error('Forbidden.KeyNotFound');
  return row;
}

/** A key that the caller may change: by id or ARN, an alias won't do; no service key. */
export async function changeableKey(call: Call, request: Named): Promise<KmsKeyRow> {
  if (/(?:^|:)alias\//.test(request.keyId)) throw call.error('Unsupported.Alias');
  const row = await ownKey(call, request);
  if (isServiceKey(row)) throw forbidden(call);
  return row;
}

/** A key that the caller may encrypt and decrypt with now. */
export async function usableKey(call: Call, request: Named): Promise<KmsKeyRow> {
  const row = await ownKey(call, request);
  if (isServiceKey(row)) throw forbidden(call);
  refuseState(call, row, 'use');
  return row;
}

const forbidden = (call: Call): ApiError =>
  call.error('Forbidden.NoPermission', { hint: 'It is a service key, which ECS alone uses.' });

/** A state that a change of state does not go out from is refused in other words than one that forbids use. */
export function refuseState(call: Call, { id, state }: KmsKeyRow, verb: keyof typeof keyCan): void {
  if (allows(keyCan[verb], state)) return;
  const code = verb === 'use' || verb === 'modify' ? `Rejected.${state}` : 'Rejected.StateModifiedFailed';
  throw call.error(code, { hint: `${id} is ${state}.` });
}

/** What all actions that change a key have in common. */
export async function changeKey(
  call: Call,
  request: Named,
  verb: keyof typeof keyCan,
  change: Partial<KmsKeyRow>,
): Promise<KmsKeyRow> {
  const row = await changeableKey(call, request);
  refuseState(call, row, verb);
  await updateKey(call.db, row.id, change);
  return row;
}
