import { findPolicy } from '../../records/tables/autoSnapshotPolicies.ts';
import {
  DEFAULT_PERFORMANCE_LEVEL,
  findDiskCategory,
  hasPerformanceLevel,
  isEphemeral,
  isPerformanceLevel,
} from '../../rules/diskCategories.ts';
import { isDescription, isResourceName } from '../../rules/names.ts';
import type { Call } from '../call.ts';
import { refuseUnbuilt } from '../unbuilt.ts';

/** The codes that one action has for one disk's faults. */
export interface DiskCodes {
  category: string;
  name: string;
  description: string;
}

interface DiskWords {
  category?: string | undefined;
  performanceLevel?: string | undefined;
  diskName?: string | undefined;
  description?: string | undefined;
  encryptAlgorithm?: string | undefined;
  autoSnapshotPolicyId?: string | undefined;
  burstingEnabled?: boolean | undefined;
  provisionedIops?: number | undefined;
  storageClusterId?: string | undefined;
}

/** Category, performance level, name, description and automatic policy as a request words them, checked. */
export async function readDiskWords(
  call: Call,
  { wire, regionId }: { wire: string; regionId: string },
  words: DiskWords,
  defaultCategory: string,
  codes: DiskCodes,
) {
  refuseUnbuilt(call, {
    [`${wire}BurstingEnabled`]: words.burstingEnabled,
    [`${wire}ProvisionedIops`]: words.provisionedIops,
    [`${wire}StorageClusterId`]: words.storageClusterId,
    [`${wire}EncryptAlgorithm`]: words.encryptAlgorithm,
  });
  const category = words.category ?? defaultCategory;
  if (!findDiskCategory(category)) throw call.error(codes.category, { values: [`${category} is no disk category.`] });
  const name = words.diskName ?? '';
  if (name !== '' && !isResourceName(name)) throw call.error(codes.name);
  const description = words.description ?? '';
  if (!isDescription(description)) throw call.error(codes.description);
  return {
    category,
    performanceLevel: readPerformanceLevel(call, category, words.performanceLevel),
    name,
    description,
    autoSnapshotPolicyId: await readPolicy(call, regionId, category, words.autoSnapshotPolicyId),
  };
}

async function readPolicy(
  call: Call,
  regionId: string,
  category: string,
  id: string | undefined,
): Promise<string | null> {
  if (id === undefined) return null;
  const policy = await findPolicy(call.db, call.accountId, id);
  if (policy?.regionId !== regionId) throw call.error('ParameterInvalid', { about: 'policy does not exist.' });
  if (isEphemeral(category)) throw call.error('DiskCategory.OperationNotSupported', { about: 'creating a snapshot' });
  return id;
}

function readPerformanceLevel(call: Call, category: string, level: string | undefined): string | null {
  if (level !== undefined && !isPerformanceLevel(level)) throw call.error('InvalidPerformanceLevel.Malformed');
  return hasPerformanceLevel(category) ? (level ?? DEFAULT_PERFORMANCE_LEVEL) : null;
}
