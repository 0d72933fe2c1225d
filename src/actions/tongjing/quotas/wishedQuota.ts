import { isQuotaName, LARGEST_QUOTA, type QuotaName } from '../../../rules/quotas.ts';
import type { Call } from '../../call.ts';

/** A limit that somebody wants an account to have. `parameter`: what the request calls its value. */
export function wishedQuota(
  call: Call,
  name: string,
  value: number,
  parameter: string,
): { name: QuotaName; value: number } {
  if (!isQuotaName(name)) throw call.error('InvalidParameter', { hint: 'QuotaName is one that ListQuotas names.' });
  if (value < 0 || value > LARGEST_QUOTA) {
    throw call.error('InvalidParameter', { hint: `${parameter} is a number from 0 to ${LARGEST_QUOTA}.` });
  }
  return { name, value };
}
