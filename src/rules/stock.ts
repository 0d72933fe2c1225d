import { diskCategories, diskSizes, findDiskCategory, takesDiskCategory, type SizeRange } from './diskCategories.ts';
import { instanceTypes, type InstanceType } from './instanceTypes.ts';

/**
 * What can be had. One machine stands behind every zone of every region, so stock differs by what fits together, never by place
 * or by how much was taken.
 */

export const CHARGE_TYPES = ['PrePaid', 'PostPaid'] as const;
export const SPOT_STRATEGIES = ['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo'] as const;
export const NETWORK_CATEGORIES = ['vpc', 'classic'] as const;

export interface Wanted {
  ioOptimized?: boolean | undefined;
  instanceType?: string | undefined;
  cores?: number | undefined;
  memoryGib?: number | undefined;
  network?: string | undefined;
  systemDiskCategory?: string | undefined;
  dataDiskCategory?: string | undefined;
}

export const canBeIoOptimized = (type: InstanceType, ioOptimized: boolean): boolean =>
  type.ioOptimized === 'optional' || (type.ioOptimized === 'required') === ioOptimized;

/** Instance types that fit everything that is wanted. */
export const typesThatFit = (wanted: Wanted): readonly InstanceType[] =>
  instanceTypes.filter((type) => {
    if (wanted.instanceType !== undefined && type.instanceTypeId !== wanted.instanceType) return false;
    if (wanted.cores !== undefined && type.cpuCoreCount !== wanted.cores) return false;
    if (wanted.memoryGib !== undefined && type.memoryGib !== wanted.memoryGib) return false;
    if (wanted.network !== undefined && !type.networkTypes.some((network) => network === wanted.network)) return false;
    const choices = [true, false].filter((choice) => wanted.ioOptimized === undefined || choice === wanted.ioOptimized);
    return choices.some((choice) => canBeIoOptimized(type, choice) && takesDisks(type, choice, wanted));
  });

function takesDisks({ family }: InstanceType, ioOptimized: boolean, wanted: Wanted): boolean {
  const { systemDiskCategory: system, dataDiskCategory: data } = wanted;
  const takes = (category: string) => takesDiskCategory({ family, ioOptimized }, category);
  if (system !== undefined && !(takes(system) && findDiskCategory(system)?.system)) return false;
  return data === undefined || takes(data);
}

/** Disk categories of one use with the sizes that they come in. */
export const disksOnSale = (use: 'system' | 'data'): readonly ({ category: string } & SizeRange)[] =>
  diskCategories.flatMap((category) => {
    const sizes = diskSizes({ category, performanceLevel: null }, use);
    return sizes ? [{ category, ...sizes }] : [];
  });
