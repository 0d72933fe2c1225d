import { readFileSync } from 'node:fs';

export interface InstanceType {
  instanceTypeId: string;
  family: string;
  /** `ecs-1` … `ecs-8`. */
  generation: string;
  cpuCoreCount: number;
  /** May be fractional (0.5). */
  memoryGib: number;
  architecture: 'X86' | 'ARM';
  /** `unsupported`: non-I/O-optimised only; `required`: I/O-optimised only. */
  ioOptimized: 'unsupported' | 'optional' | 'required';
  networkTypes: readonly ('classic' | 'vpc')[];
  hypervisor: 'Xen' | 'KVM' | 'none (bare metal)';
  category: string;
  gpuAmount?: number;
  gpuSpec?: string;
  baselineCredit?: number;
  nvmeSupport?: 'required';
}

/** Every type known here, sold in all regions. Source: the vendor's "Instance families" pages. */
export const instanceTypes: readonly InstanceType[] = JSON.parse(
  readFileSync(new URL('./instanceTypes.json', import.meta.url), 'utf8'),
);

const byId = new Map(instanceTypes.map((type) => [type.instanceTypeId, type]));

export const findInstanceType = (instanceTypeId: string): InstanceType | undefined => byId.get(instanceTypeId);
