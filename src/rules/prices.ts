import { DAY_MS } from './times.ts';

const GIB = 1024 ** 3;

/** What is counted, and what a unit of it costs in the currency of the account's site. The vendor charges for neither so far. */
export const prices = {
  /** Data that a copy takes to another region. */
  CopyTraffic: { unit: 'GiB', unitPrice: 0 },
  /** What copied snapshots hold where they are; a month is 30 days. */
  SnapshotCapacity: { unit: 'GiB-month', unitPrice: 0 },
} as const;

export type MeteredKind = keyof typeof prices;

export const currencyOf = (site: string): string => ({ china: 'CNY', japan: 'JPY' })[site] ?? 'USD';

/** What `bytes` cost that were moved, or held for so long. */
export function priceOf(
  kind: MeteredKind,
  { bytes, heldMs }: { bytes: number; heldMs: number },
  unitPrice: number = prices[kind].unitPrice,
): number {
  const months = kind === 'SnapshotCapacity' ? heldMs / (30 * DAY_MS) : 1;
  return (bytes / GIB) * months * unitPrice;
}
