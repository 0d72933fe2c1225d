/** Keeps work on the same names in the order in which it was asked for. */
export interface Turns {
  /** Runs `work` once nothing else works on any of `names`. */
  take<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(names, work) {
      const before = names.map((name) => last.get(name));
      const { promise: over, resolve: finish } = Promise.withResolvers<void>();
      for (const name of names) last.set(name, over);
      try {
        await Promise.all(before);
        return await work();
      } finally {
        for (const name of names) if (last.get(name) === over) last.delete(name);
        finish();
      }
    },
  };
}
