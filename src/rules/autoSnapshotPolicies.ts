const HOUR_MS = 3600_000;
const HOURS_A_WEEK = 7 * 24;
/** Time points and weekdays are in UTC+8, wherever the region is. */
const OFFSET_MS = 8 * HOUR_MS;

/** When a policy fires: hours of the day (0 … 23) on days of the week (1, Monday … 7). */
export interface Schedule {
  hours: readonly number[];
  weekdays: readonly number[];
}

/** `["0","12"]`, as timePoints are written; null when it is not that. */
export const readTimePoints = (text: string): number[] | null => numbersIn(text, 0, 23);

/** `["1","7"]`, as repeatWeekdays are written; null when it is not that. */
export const readWeekdays = (text: string): number[] | null => numbersIn(text, 1, 7);

function numbersIn(text: string, least: number, most: number): number[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return null;
  const numbers = parsed.map((each) => (/^\d{1,2}$/.test(String(each)) ? Number(each) : NaN));
  if (!numbers.every((each) => each >= least && each <= most)) return null;
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** As the API shows a list of them. */
export const numbersText = (numbers: readonly number[]): string => JSON.stringify(numbers.map(String));

/** Days that a policy's snapshots are kept: -1 (null: for ever) or 1 … 65536; undefined when it is neither. */
export function readRetention(days: number): number | null | undefined {
  if (days === -1) return null;
  return Number.isInteger(days) && days >= 1 && days <= 65536 ? days : undefined;
}

/** The first time point after `afterMs`. */
export function nextTimePoint({ hours, weekdays }: Schedule, afterMs: number): number {
  const first = Math.floor((afterMs + OFFSET_MS) / HOUR_MS) + 1;
  for (let hour = first; hour <= first + HOURS_A_WEEK; hour++) {
    // 1970-01-01 was a Thursday.
    const weekday = ((Math.floor(hour / 24) + 3) % 7) + 1;
    if (hours.includes(hour % 24) && weekdays.includes(weekday)) return hour * HOUR_MS - OFFSET_MS;
  }
  throw new RangeError('a schedule has a time point every week');
}

/** `auto2.0_yyyyMMdd_<policy>`, the date in UTC+8. */
export function autoSnapshotName(policyId: string, atMs: number): string {
  const date = new Date(atMs + OFFSET_MS).toISOString().slice(0, 10).replaceAll('-', '');
  return `auto2.0_${date}_${policyId}`;
}
