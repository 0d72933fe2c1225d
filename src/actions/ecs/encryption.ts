import type { ApiError } from '../../contract/errors.ts';
import { findAlias, findKey, putAlias, SERVICE } from '../../records/tables/kmsKeys.ts';
import type { DiskRow } from '../../records/tables/disks.ts';
import type { SnapshotRow } from '../../records/tables/snapshots.ts';
import { isEphemeral } from '../../rules/diskCategories.ts';
import { allows, keyCan } from '../../rules/states.ts';
import type { Call } from '../call.ts';
import { newKey } from '../kms/keys/newKey.ts';
import { lists } from '../lists.ts';

/** What a disk or a snapshot is encrypted under. */
export type Encryption = Pick<DiskRow, 'encrypted' | 'kmsKeyId'>;

/** As requests word it; some send the flag as text. */
export interface EncryptionWords {
  encrypted?: boolean | string | undefined;
  KMSKeyId?: string | undefined;
}

type Source = Pick<SnapshotRow, 'accountId' | 'encrypted' | 'kmsKeyId'>;

const SERVICE_ALIAS = 'alias/acs/ecs';

/**
 * What a disk is encrypted under that is made of `source`, or of nothing. What comes from an encrypted source stays encrypted: under its key, or
 * another that is named. One who received an image has no right to its owner's key: their disk goes under a key of their own.
 */
export async function diskEncryption(
  call: Call,
  regionId: string,
  words: EncryptionWords,
  source: Source | null | undefined,
): Promise<Encryption> {
  const isWanted = readFlag(call, words.encrypted);
  if (words.KMSKeyId !== undefined && !isWanted) {
    throw call.error('InvalidParameter.EncryptedIllegal', { about: 'must be true' });
  }
  if (source?.encrypted) {
    if (isWanted === false) throw notDecrypted(call);
    await refuseShutKeys(call, [source]);
  }
  if (!isWanted && !source?.encrypted) return { encrypted: 0, kmsKeyId: null };
  if (words.KMSKeyId === undefined && source?.encrypted && source.accountId === call.accountId) {
    return { encrypted: 1, kmsKeyId: source.kmsKeyId };
  }
  return encryptionUnder(call, regionId, words.KMSKeyId);
}

/** They last no longer than they are attached, on a host's own disks. */
export function refuseEncryptedEphemeral(call: Call, category: string, { encrypted }: Encryption): void {
  if (!encrypted || !isEphemeral(category)) return;
  const values = [`Disks of ${category} are not encrypted.`];
  throw call.error('InvalidParameter.EncryptedNotSupported', { about: '%s', values });
}

function readFlag(call: Call, flag: boolean | string | undefined): boolean | undefined {
  if (flag === undefined) return undefined;
  const text = String(flag).toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw call.error('InvalidParameter.EncryptedIllegal', { about: '%s', values: ['Encrypted is true or false.'] });
}

function notDecrypted(call: Call): ApiError {
  if (lists(call, 'InvalidEncrypted.NotMatchSnapshot')) return call.error('InvalidEncrypted.NotMatchSnapshot');
  const values = ['What the disk is made of is encrypted: Encrypted must not be false.'];
  return call.error('InvalidParameter.EncryptedIllegal', { about: '%s', values });
}

/** The key that is named: the caller's, of the region, Enabled. None is named: the service key. */
export async function encryptionUnder(
  call: Call,
  regionId: string,
  keyId: string | undefined,
): Promise<{ encrypted: 1; kmsKeyId: string }> {
  if (keyId === undefined) return { encrypted: 1, kmsKeyId: await serviceKey(call, regionId) };
  const key = await findKey(call.db, keyId, call.clock.now());
  if (key?.accountId !== call.accountId || key.regionId !== regionId) {
    throw call.error('InvalidParameter.KMSKeyId.NotFound');
  }
  if (!allows(keyCan.use, key.state)) throw shut(call, `${key.id} is ${key.state}.`);
  return { encrypted: 1, kmsKeyId: key.id };
}

/** The account's key for disks without one of their own in the region: made when it is first needed. */
async function serviceKey(call: Call, regionId: string): Promise<string> {
  const place = { accountId: call.accountId, regionId };
  const alias = await findAlias(call.db, place, SERVICE_ALIAS);
  if (alias) return alias.keyId;
  const { id: keyId } = await newKey(call, { ...place, creator: SERVICE, description: '' });
  await putAlias(call.db, { ...place, name: SERVICE_ALIAS, keyId });
  return keyId;
}

/** Refuses what would open content under a key that is not Enabled, or is gone. What is open already goes on being served. */
export async function refuseShutKeys(call: Call, resources: readonly { kmsKeyId: string | null }[]): Promise<void> {
  for (const keyId of new Set(resources.flatMap(({ kmsKeyId }) => kmsKeyId ?? []))) {
    const key = await findKey(call.db, keyId, call.clock.now());
    if (!key && lists(call, 'InvalidParameter.KMSKeyId.NotFound')) {
      throw call.error('InvalidParameter.KMSKeyId.NotFound');
    }
    // Whoever received an image learns nothing of its owner's keys.
    const isOwn = key?.accountId === call.accountId;
    if (!key || !allows(keyCan.use, key.state)) throw shut(call, isOwn ? `${key.id} is ${key.state}.` : undefined);
  }
}

/** The actions that only power instances name no state of a key: to them it is one that the service may not use. */
function shut(call: Call, hint: string | undefined): ApiError {
  const code = lists(call, 'InvalidParameter.KMSKeyId.CMKNotEnabled') ? 'CMKNotEnabled' : 'KMSUnauthorized';
  return call.error(`InvalidParameter.KMSKeyId.${code}`, hint === undefined ? {} : { hint });
}
