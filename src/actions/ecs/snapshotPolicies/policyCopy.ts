import type { AutoSnapshotPolicyRow } from '../../../records/tables/autoSnapshotPolicies.ts';
import { readRetention } from '../../../rules/autoSnapshotPolicies.ts';
import { findRegion } from '../../../rules/regions.ts';
import type { Call } from '../../call.ts';
import { encryptionUnder } from '../encryption.ts';

interface Words {
  enableCrossRegionCopy?: boolean | undefined;
  targetCopyRegions?: string | undefined;
  copiedSnapshotsRetentionDays?: number | undefined;
  copyEncryptionConfiguration?: { encrypted?: boolean | undefined; KMSKeyId?: string | undefined } | undefined;
}

type Copy = Pick<AutoSnapshotPolicyRow, 'copyRegionId' | 'copiedRetentionDays' | 'copyKmsKeyId'>;

/** Where and how a policy's snapshots are copied: as the request says, else as it was. */
export async function readCopy(call: Call, words: Words, regionId: string, former: Copy): Promise<Copy> {
  const { targetCopyRegions, copiedSnapshotsRetentionDays: days, copyEncryptionConfiguration: encryption } = words;
  if (!encryption?.encrypted && encryption?.KMSKeyId !== undefined) {
    throw call.error('InvalidParameter', { hint: 'CopyEncryptionConfiguration.Encrypted is true with a KMSKeyId.' });
  }
  const copiedRetentionDays = days === undefined ? former.copiedRetentionDays : readRetention(days);
  if (copiedRetentionDays === undefined) {
    throw call.error('InvalidParameter', { hint: 'CopiedSnapshotsRetentionDays is -1 or 1 to 65535.' });
  }
  const target = targetCopyRegions === undefined ? former.copyRegionId : targetIn(targetCopyRegions);
  if (targetCopyRegions !== undefined && (target === null || target === regionId)) {
    throw call.error('InvalidParameter', { hint: 'TargetCopyRegions names one other region: ["cn-beijing"].' });
  }
  if (!(words.enableCrossRegionCopy ?? former.copyRegionId !== null)) {
    return { copyRegionId: null, copiedRetentionDays, copyKmsKeyId: null };
  }
  if (target === null) {
    throw call.error('MissingParameter', { about: '%s', values: ['TargetCopyRegions says where to.'] });
  }
  return { copyRegionId: target, copiedRetentionDays, copyKmsKeyId: await copyKey(call, words, target, former) };
}

async function copyKey(call: Call, words: Words, target: string, former: Copy): Promise<string | null> {
  const { encrypted, KMSKeyId } = words.copyEncryptionConfiguration ?? {};
  if (encrypted) return (await encryptionUnder(call, target, KMSKeyId)).kmsKeyId;
  if (encrypted === false || former.copyKmsKeyId === null) return null;
  // Keys are a region's.
  return target === former.copyRegionId
    ? former.copyKmsKeyId
    : (await encryptionUnder(call, target, undefined)).kmsKeyId;
}

/** The only region of `["cn-beijing"]`; null when it is not that. */
function targetIn(text: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed) || parsed.length !== 1) return null;
    return findRegion(String(parsed[0]))?.regionId ?? null;
  } catch {
    return null;
  }
}
