/**
 * Where each 4 KiB block of a volume stands, two bits a block: block n in bits 2(n mod 4) and up of byte ⌊n/4⌋.
 * Blocks can exceed 2^32, so these divide where they could shift.
 */

export const BLOCK_BYTES = 4096;
export const BLOCKS_PER_CHUNK = 64;

export const BlockState = {
  /** As in the base map. */
  base: 0,
  /** In the data file. */
  data: 1,
  /** All zero, whatever the base and the data file have there. */
  zero: 2,
} as const;

/** What a freeze knows of a block. */
export const FrozenState = {
  /** Not written since: as it is now. */
  same: 0,
  /** Copied to the side file before it was overwritten. */
  held: 1,
  zero: 2,
  base: 3,
} as const;

export function stateOf(states: Uint8Array, block: number): number {
  return (states[Math.floor(block / 4)]! >>> (2 * (block % 4))) & 3;
}

/** The first block in `from`…`to` whose state differs from that of `from`; else `to`. */
export function runEnd(states: Uint8Array, from: number, to: number): number {
  const state = stateOf(states, from);
  let block = from + 1;
  while (block < to && block % 4 !== 0) {
    if (stateOf(states, block) !== state) return block;
    block++;
  }
  const pattern = state * 0x55;
  let at = Math.floor(block / 4);
  const whole = Math.floor(to / 4);
  while (at < whole && states[at] === pattern) at++;
  block = Math.max(block, at * 4);
  while (block < to && stateOf(states, block) === state) block++;
  return block;
}

/** Whether anything changed. */
export function setStates(states: Uint8Array, from: number, to: number, state: number): boolean {
  let changed = false;
  let block = from;
  const set = () => {
    const at = Math.floor(block / 4);
    const shift = 2 * (block % 4);
    const before = states[at]!;
    const after = (before & ~(3 << shift)) | (state << shift);
    if (after !== before) {
      states[at] = after;
      changed = true;
    }
  };
  for (; block < to && block % 4 !== 0; block++) set();
  const pattern = state * 0x55;
  for (; block + 4 <= to; block += 4) {
    if (states[block / 4] !== pattern) {
      states[block / 4] = pattern;
      changed = true;
    }
  }
  for (; block < to; block++) set();
  return changed;
}

/** One bit a chunk: chunk n in bit n mod 8 of byte ⌊n/8⌋. */
export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[Math.floor(index / 8)]! >>> (index % 8)) & 1) === 1;
}

/** Whether it was clear before. */
export function setBit(bits: Uint8Array, index: number): boolean {
  const at = Math.floor(index / 8);
  const before = bits[at]!;
  const after = before | (1 << (index % 8));
  if (after === before) return false;
  bits[at] = after;
  return true;
}

/** The first set bit at or after `from`; -1 when none is. */
export function nextBit(bits: Uint8Array, from: number): number {
  let index = from;
  for (; index % 8 !== 0; index++) if (hasBit(bits, index)) return index;
  let at = index / 8;
  while (at < bits.length && bits[at] === 0) at++;
  if (at >= bits.length) return -1;
  index = at * 8;
  while (!hasBit(bits, index)) index++;
  return index;
}
