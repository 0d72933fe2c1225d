/** `yyyy-MM-ddTHH:mm:ssZ`: images, snapshots, disks, tags, shares. */
export const secondsTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `yyyy-MM-ddTHH:mmZ`: instances and tasks. */
export const minutesTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** Milliseconds of either form, or null when it is neither. */
export function parseTime(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z$/.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

export const DAY_MS = 24 * 3600_000;
