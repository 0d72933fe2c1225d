import { findInstanceType, type InstanceType } from '../../../rules/instanceTypes.ts';
import type { Call } from '../../call.ts';
import { lists } from '../../lists.ts';
import type { LaunchRequest } from './launchRequest.ts';

/** The instance type, and whether the instance is I/O-optimised: so by default, but for retired types where it is a choice. */
export function chooseType(call: Call, request: LaunchRequest): { type: InstanceType; ioOptimized: boolean } {
  if (request.instanceType === undefined) throw call.error('MissingParameter', { about: 'InstanceType' });
  const type = findInstanceType(request.instanceType);
  if (!type) throw call.error('InvalidInstanceType.ValueNotSupported', { about: 'does not exist or beyond' });
  const byDefault = type.ioOptimized === 'required' || type.category !== 'retired';
  const ioOptimized = readIoOptimized(call, request.ioOptimized) ?? byDefault;
  if (ioOptimized && type.ioOptimized === 'unsupported') {
    throw call.error('IoOptimized.NotSupported', { about: 'instancetype is not support' });
  }
  if (!ioOptimized && type.ioOptimized === 'required') throw call.error('DependencyViolation.IoOptimized');
  return { type, ioOptimized };
}

function readIoOptimized(call: Call, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === 'optimized' || value === 'none') return value === 'optimized';
  const code = 'InvalidIoOptimizedValue.ValueNotSupported';
  throw call.error(lists(call, code) ? code : 'InvalidIoOptimize.ValueNotSupported');
}

/** CreditSpecification: of burstable types alone. */
export function creditSpecification(call: Call, wanted: string | undefined, type: InstanceType): string | null {
  const isBurstable = type.category === 'burstable';
  if (wanted === undefined) return isBurstable ? 'Standard' : null;
  if (!isBurstable || (wanted !== 'Standard' && wanted !== 'Unlimited')) {
    throw call.error('InvalidParameter.CreditSpecification');
  }
  return wanted;
}
