import type { Call } from '../../call.ts';
import { invalid } from '../invalid.ts';

const UNIT_SECONDS = { d: 86_400, h: 3600, m: 60, s: 1 } as const;
const RANGE = { min: 7 * 86_400, max: 730 * 86_400 };

/**
 * How often a key shall be rotated, in seconds; null: never. The policy is kept and shown, and no more: a key's material stays as it is, and
 * so does its version. In the cloud a rotation changes nothing of what is encrypted already either.
 */
export function readRotation(
  call: Call,
  request: { enableAutomaticRotation?: boolean; rotationInterval?: string },
): number | null {
  const { enableAutomaticRotation = false, rotationInterval } = request;
  if (!enableAutomaticRotation) return null;
  const match = /^(\d{1,9})([dhms])$/.exec(rotationInterval ?? '');
  const seconds = match ? Number(match[1]) * UNIT_SECONDS[match[2] as keyof typeof UNIT_SECONDS] : 0;
  if (seconds < RANGE.min || seconds > RANGE.max) {
    throw invalid(call, 'RotationInterval', 'A key is rotated every 7 to 730 days: 7d, 168h …');
  }
  return seconds;
}
