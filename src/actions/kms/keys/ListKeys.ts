import { model } from '../../../contract/model.ts';
import { listKeys, type KeyFilter } from '../../../records/tables/kmsKeys.ts';
import { KMS_KEY_STATES } from '../../../rules/states.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { pageFor } from '../../page.ts';
import { invalid, readJson } from '../invalid.ts';
import { placeOf } from '../place.ts';
import { arnOf } from './keyMetadata.ts';

export const ListKeys = ownAction(
  'Kms',
  'ListKeys',
  {
    request: model({ regionId: 'string', pageNumber: 'number', pageSize: 'number', filters: 'string' }),
    response: model({
      totalCount: 'number',
      pageNumber: 'number',
      pageSize: 'number',
      keys: model({ key: [model({ keyId: 'string', keyArn: 'string' })] }),
    }),
    access: 'read',
  },
  async (request, call) => {
    const { accountId, regionId } = placeOf(call, request);
    const page = pageFor(call, request);
    const filter = { accountId, regionId, ...readFilters(call, request.filters) };
    const { rows, total } = await listKeys(call.db, filter, page, call.clock.now());
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      keys: { key: rows.map((row) => ({ keyId: row.id, keyArn: arnOf(row) })) },
    };
  },
);

/** `[{"Key":"KeyState","Values":["Enabled"]}]`; of each key one of the values must match. */
function readFilters(call: Call, text: string | undefined): Pick<KeyFilter, 'states' | 'isService'> {
  const filter: Pick<KeyFilter, 'states' | 'isService'> = {};
  const listed = text === undefined ? [] : readJson(call, 'Filters', text);
  if (!Array.isArray(listed)) throw malformed(call);
  for (const each of listed as unknown[]) {
    const { Key: key, Values: values } = (each ?? {}) as { Key?: unknown; Values?: unknown };
    if (!Array.isArray(values)) throw malformed(call);
    if (key === 'KeyState') filter.states = KMS_KEY_STATES.filter((state) => values.includes(state));
    else if (key === 'CreatorType' && values.length === 1) filter.isService = values[0] === 'Service';
    else throw malformed(call);
  }
  return filter;
}

const malformed = (call: Call) => invalid(call, 'Filters', 'It is a JSON list of {"Key": "KeyState", "Values": […]}.');
