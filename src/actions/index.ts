import type { Action } from './action.ts';
import { DescribeRegions } from './ecs/regions/DescribeRegions.ts';

/** THE table: every action that is built. What the SDKs know beyond it answers 4xx, by name. */
export const actions: readonly Action[] = [DescribeRegions];
