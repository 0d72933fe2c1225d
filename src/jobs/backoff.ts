const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Wait before the attempt after the `attempts`-th: doubling, half of it random so that what failed together does not return together. */
export function backoffMs(attempts: number, random: () => number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempts - 1));
  return Math.round(fullMs * (0.5 + random() / 2));
}
