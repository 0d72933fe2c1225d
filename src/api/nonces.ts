import { hash } from 'node:crypto';

/** Nonces seen. A replay is refused for as long as its time stamp could still be accepted. */
export interface Nonces {
  of(accessKeyId: string, nonce: string): Nonce;
}

export interface Nonce {
  isUsed: boolean;
  /** false: too many requests are remembered already. */
  use(): boolean;
}

/** A time stamp up to 15 minutes ahead is accepted until 15 minutes after itself. */
const GENERATION_MS = 30 * 60_000;
const SMALLEST_TABLE = 2 ** 12;
const LARGEST_TABLE = 2 ** 22;
/** Of a table; fuller ones grow slow. */
const FULLEST = 0.75;

/**
 * The current and the former half hour, each an open-addressing table of 48-bit digests: 8 bytes a slot, 64 MiB at most, and
 * 3.1 million requests in half an hour before `use` refuses.
 */
export function createNonces(now: () => number, largestTable = LARGEST_TABLE): Nonces {
  let current = createTable(largestTable);
  let former = createTable(largestTable);
  let rotateAt = now() + GENERATION_MS;

  function rotate(): void {
    const time = now();
    if (time < rotateAt) return;
    former = time < rotateAt + GENERATION_MS ? current : createTable(largestTable);
    current = createTable(largestTable);
    rotateAt = time + GENERATION_MS;
  }

  return {
    of(accessKeyId, nonce) {
      rotate();
      const digest = digestOf(accessKeyId, nonce);
      return { isUsed: current.has(digest) || former.has(digest), use: () => current.add(digest) };
    },
  };
}

/** Never 0, which stands for an empty slot. */
function digestOf(accessKeyId: string, nonce: string): number {
  return hash('sha1', `${accessKeyId}\n${nonce}`, 'buffer').readUIntBE(0, 6) || 1;
}

function createTable(largest: number) {
  let slots = new Float64Array(SMALLEST_TABLE);
  let count = 0;

  const slotOf = (digest: number): number => {
    let slot = digest % slots.length;
    while (slots[slot] !== 0 && slots[slot] !== digest) slot = (slot + 1) % slots.length;
    return slot;
  };

  function grow(): void {
    const old = slots;
    slots = new Float64Array(old.length * 2);
    for (const digest of old) if (digest !== 0) slots[slotOf(digest)] = digest;
  }

  return {
    has: (digest: number) => slots[slotOf(digest)] === digest,
    add(digest: number): boolean {
      if (count >= slots.length * FULLEST) {
        if (slots.length >= largest) return false;
        grow();
      }
      const slot = slotOf(digest);
      if (slots[slot] === 0) count += 1;
      slots[slot] = digest;
      return true;
    },
  };
}
