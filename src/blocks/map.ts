import type { Root } from './blocks.ts';
import { HASH_BYTES, MAP_LEVELS, PAGE_BYTES, PAGE_ENTRIES, ZERO_HASH } from './format.ts';

const ZERO_PAGE = Buffer.alloc(PAGE_BYTES);

export interface MapPages {
  /** A page's plain bytes. Never written into. */
  read(hash: Buffer): Buffer;
  put(page: Buffer): Promise<Buffer>;
}

/** The root of `base` with `changes` (chunk index → hash, null for zero) applied. Only pages on the way to a change are read or made. */
export async function changeMap(
  pages: MapPages,
  base: Root,
  changes: ReadonlyMap<number, string | null>,
): Promise<Root> {
  const indexes = Float64Array.from(changes.keys()).sort();

  /** The page that begins at chunk 0 of its own range; `from`…`to` of the sorted indexes are inside of it. */
  async function change(level: number, hash: Buffer | null, from: number, to: number): Promise<Buffer | null> {
    const page = hash ? Buffer.from(pages.read(hash)) : Buffer.alloc(PAGE_BYTES);
    const entryOf = (position: number) => Math.floor(indexes[position]! / PAGE_ENTRIES ** level) % PAGE_ENTRIES;
    for (let next = from, position = from; position < to; position = next) {
      const entry = entryOf(position);
      const slot = page.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES);
      let value: Buffer | null;
      if (level === 0) {
        const text = changes.get(indexes[position]!);
        value = text ? Buffer.from(text, 'hex') : null;
        next = position + 1;
      } else {
        while (next < to && entryOf(next) === entry) next++;
        value = await change(level - 1, slot.equals(ZERO_HASH) ? null : slot, position, next);
      }
      (value ?? ZERO_HASH).copy(slot);
    }
    return page.equals(ZERO_PAGE) ? null : pages.put(page);
  }

  if (indexes.length === 0) return base;
  const root = await change(MAP_LEVELS - 1, base === null ? null : Buffer.from(base, 'hex'), 0, indexes.length);
  return root?.toString('hex') ?? null;
}

export interface MapEntry {
  kind: 'page' | 'chunk';
  hash: Buffer;
  /** The chunk's index; for a page, of the first chunk that it stands for. */
  index: number;
}

/**
 * What a map names, what is below before what is above. `enter` answers the bytes of a page, or null to leave out the page and all
 * that is below it.
 */
export function* walkMap(root: Root, enter: (hash: Buffer) => Buffer | null): Generator<MapEntry> {
  if (root !== null) yield* walkPage(Buffer.from(root, 'hex'), MAP_LEVELS - 1, 0, enter);
}

function* walkPage(
  hash: Buffer,
  level: number,
  index: number,
  enter: (hash: Buffer) => Buffer | null,
): Generator<MapEntry> {
  const page = enter(hash);
  if (!page) return;
  for (let entry = 0; entry < PAGE_ENTRIES; entry++) {
    const below = page.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES);
    if (below.equals(ZERO_HASH)) continue;
    const first = index + entry * PAGE_ENTRIES ** level;
    if (level === 0) yield { kind: 'chunk', hash: below, index: first };
    else yield* walkPage(below, level - 1, first, enter);
  }
  yield { kind: 'page', hash, index };
}
