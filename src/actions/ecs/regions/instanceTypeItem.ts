import type { InstanceType } from '../../../rules/instanceTypes.ts';
import { quotas } from '../../../rules/quotas.ts';

/**
 * An instance type as DescribeInstanceTypes shows it. What the vendor's hardware has and this service can't know (clock speeds,
 * packet rates, local disks) stays out; network interfaces are what an instance here has: one, with one address.
 */
export const instanceTypeItem = (type: InstanceType) => ({
  instanceTypeId: type.instanceTypeId,
  instanceTypeFamily: type.family,
  instanceFamilyLevel: familyLevel(type),
  instanceCategory: category(type),
  cpuCoreCount: type.cpuCoreCount,
  cpuArchitecture: type.architecture,
  memorySize: type.memoryGib,
  ...(type.baselineCredit !== undefined && { baselineCredit: type.baselineCredit }),
  GPUAmount: type.gpuAmount ?? 0,
  GPUSpec: type.gpuSpec ?? '',
  diskQuantity: 1 + quotas.instanceDataDisks,
  localStorageCategory: '',
  eniQuantity: 1,
  eniTotalQuantity: 1,
  eniPrivateIpAddressQuantity: 1,
  eniIpv6AddressQuantity: 0,
  eniTrunkSupported: false,
  eriQuantity: 0,
  networkCardQuantity: 1,
  networkCards: { networkCardInfo: [{ networkCardIndex: 0 }] },
  networkEncryptionSupport: false,
  jumboFrameSupport: false,
  nvmeSupport: type.nvmeSupport ?? 'unsupported',
  supportedBootModes: { supportedBootMode: type.architecture === 'ARM' ? ['UEFI'] : ['BIOS', 'UEFI'] },
});

const ENTRY_CATEGORIES = new Set(['retired', 'previous-shared', 'shared', 'economy']);

function familyLevel(type: InstanceType): string {
  if (type.category === 'burstable') return 'CreditEntryLevel';
  return ENTRY_CATEGORIES.has(type.category) ? 'EntryLevel' : 'EnterpriseLevel';
}

/** By the letters of the family's name, as the vendor names its families. */
const CATEGORIES: readonly (readonly [RegExp, string])[] = [
  [/^ecs\.ebm/, 'ECS Bare Metal'],
  [/^ecs\.hf/, 'High Clock Speed'],
  [/^ecs\.(?:g\d|sn2|u1)/, 'General-purpose'],
  [/^ecs\.(?:c\d|sn1)/, 'Compute-optimized'],
  [/^ecs\.(?:r\d|se1)/, 'Memory-optimized'],
];

function category(type: InstanceType): string {
  if (ENTRY_CATEGORIES.has(type.category) || type.category === 'burstable') return 'Shared';
  return CATEGORIES.find(([family]) => family.test(type.family))?.[1] ?? '';
}
