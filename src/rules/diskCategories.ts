/** GiB, both ends included. */
export interface SizeRange {
  min: number;
  max: number;
}

interface DiskCategory {
  data: SizeRange;
  /** null: never a system disk. */
  system: SizeRange | null;
  /** Grows while its instance runs. */
  resizesOnline: boolean;
  /** Refused by instances that are not I/O-optimised. */
  needsIoOptimized: boolean;
  /** The only instance families that take it; absent: all. */
  families?: readonly string[];
}

const EPHEMERAL: DiskCategory = {
  data: { min: 64, max: 8192 },
  system: null,
  resizesOnline: true,
  needsIoOptimized: true,
};

/** Source: the reference pages of CreateDisk, ResizeDisk and RunInstances. cloud_essd is the PL1 row; see `performanceLevels`. */
const categories: Readonly<Record<string, DiskCategory>> = {
  cloud: {
    data: { min: 5, max: 2000 },
    system: { min: 20, max: 500 },
    resizesOnline: false,
    needsIoOptimized: false,
  },
  cloud_efficiency: {
    data: { min: 20, max: 32768 },
    system: { min: 20, max: 2048 },
    resizesOnline: true,
    needsIoOptimized: false,
  },
  cloud_ssd: {
    data: { min: 20, max: 32768 },
    system: { min: 20, max: 2048 },
    resizesOnline: true,
    needsIoOptimized: false,
  },
  cloud_essd: {
    data: { min: 20, max: 65536 },
    system: { min: 20, max: 2048 },
    resizesOnline: true,
    needsIoOptimized: true,
  },
  cloud_auto: {
    data: { min: 1, max: 65536 },
    system: { min: 1, max: 2048 },
    resizesOnline: true,
    needsIoOptimized: true,
  },
  cloud_essd_entry: {
    data: { min: 10, max: 32768 },
    system: { min: 20, max: 2048 },
    resizesOnline: true,
    needsIoOptimized: true,
    families: ['ecs.u1', 'ecs.e'],
  },
  elastic_ephemeral_disk_standard: EPHEMERAL,
  elastic_ephemeral_disk_premium: EPHEMERAL,
};

/** Smallest size by performance level of cloud_essd, GiB. */
const performanceLevels: Readonly<Record<string, number>> = { PL0: 1, PL1: 20, PL2: 461, PL3: 1261 };

export const DEFAULT_PERFORMANCE_LEVEL = 'PL1';
/** A system disk is at least so large unless told otherwise, GiB. */
export const DEFAULT_SYSTEM_DISK_GIB = 40;

export const findDiskCategory = (category: string): DiskCategory | undefined =>
  Object.hasOwn(categories, category) ? categories[category] : undefined;

export const diskCategories: readonly string[] = Object.keys(categories);

export const isPerformanceLevel = (level: string): boolean => Object.hasOwn(performanceLevels, level);

export const hasPerformanceLevel = (category: string): boolean => category === 'cloud_essd';

/** ESSDs, AutoPL and entry ones among them: what consistency groups are made of. */
export const isEssd = (category: string): boolean => /^cloud_(?:essd|auto)/.test(category);

export const isEphemeral = (category: string): boolean => categories[category] === EPHEMERAL;

/** Sizes that a disk may have; null when the category is unknown or never is a disk of that type. */
export function diskSizes(
  disk: { category: string; performanceLevel: string | null },
  type: 'system' | 'data',
): SizeRange | null {
  const range = findDiskCategory(disk.category)?.[type];
  if (!range) return null;
  const smallest = hasPerformanceLevel(disk.category) ? performanceLevels[disk.performanceLevel ?? 'PL1'] : undefined;
  return { min: smallest ?? range.min, max: range.max };
}

/** Whether an instance of the family, I/O-optimised or not, takes disks of the category. */
export function takesDiskCategory(instance: { family: string; ioOptimized: boolean }, category: string): boolean {
  const found = findDiskCategory(category);
  if (!found) return false;
  if (found.needsIoOptimized && !instance.ioOptimized) return false;
  return !found.families || found.families.includes(instance.family);
}
