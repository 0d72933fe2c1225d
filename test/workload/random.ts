/** A repeatable source of choices (mulberry32). */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** A source of its own: what one lane draws does not move another's choices. */
  fork(): Random;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const random: Random = {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    below: (below) => Math.floor(random.next() * below),
    chance: (probability) => random.next() < probability,
    pick(from) {
      if (from.length === 0) throw new Error('nothing to pick from');
      return from[random.below(from.length)]!;
    },
    fork: () => createRandom(random.below(2 ** 32)),
  };
  return random;
}
