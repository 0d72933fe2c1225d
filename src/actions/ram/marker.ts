import { nextToken, readNextToken } from '../../rules/nextToken.ts';
import type { Call } from '../call.ts';

const DEFAULT_ITEMS = 100;
const MOST_ITEMS = 1000;

/** How RAM pages: by name, from the one after the Marker. */
export interface MarkerWindow {
  after: string | null;
  size: number;
}

export function markerWindow(
  call: Call,
  { marker, maxItems = DEFAULT_ITEMS }: { marker?: string; maxItems?: number },
): MarkerWindow {
  if (!(maxItems >= 1 && maxItems <= MOST_ITEMS))
    throw call.error('InvalidParameter', { hint: `MaxItems is 1 to ${MOST_ITEMS}.` });
  const position = marker === undefined ? null : readNextToken(marker, ['']);
  if (marker !== undefined && !position)
    throw call.error('InvalidParameter', { hint: 'Marker is none that was given before.' });
  return { after: position?.[0] ?? null, size: maxItems };
}

/** `rows` are those of the window and, if there is one, the next. */
export function markerAnswer<Row extends { name: string }>(window: MarkerWindow, rows: readonly Row[]) {
  const shown = rows.slice(0, window.size);
  const isTruncated = rows.length > window.size;
  return { shown, counts: { isTruncated, ...(isTruncated && { marker: nextToken([shown.at(-1)!.name]) }) } };
}
