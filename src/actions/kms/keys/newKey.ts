import { insertKey, type KmsKeyRow } from '../../../records/tables/kmsKeys.ts';
import type { Call } from '../../call.ts';

type Words = Pick<KmsKeyRow, 'accountId' | 'regionId' | 'creator' | 'description'> &
  Partial<Pick<KmsKeyRow, 'rotationSeconds'>>;

/** A new key, Enabled, with material of its own. */
export async function newKey(call: Call, words: Words): Promise<KmsKeyRow> {
  const id = call.ids.request().toLowerCase();
  const row: KmsKeyRow = {
    rotationSeconds: null,
    ...words,
    id,
    material: call.wrapping.make(id),
    versionId: call.ids.request().toLowerCase(),
    state: 'Enabled',
    deletionProtection: 0,
    protectionDescription: '',
    deletesAt: null,
    createdAt: call.clock.now(),
  };
  await insertKey(call.db, row);
  return row;
}
