/**
 * A lock between threads in one slot of shared memory: 0 free, 1 held, 2 held and waited for.
 * After U. Drepper, "Futexes Are Tricky", mutex 2. The main thread may block on it too: nobody holds it for long.
 */
export function lock(slots: Int32Array, slot: number): void {
  let seen = Atomics.compareExchange(slots, slot, 0, 1);
  while (seen !== 0) {
    if (seen === 2 || Atomics.compareExchange(slots, slot, 1, 2) !== 0) Atomics.wait(slots, slot, 2);
    seen = Atomics.compareExchange(slots, slot, 0, 2);
  }
}

export function unlock(slots: Int32Array, slot: number): void {
  if (Atomics.sub(slots, slot, 1) !== 1) {
    Atomics.store(slots, slot, 0);
    Atomics.notify(slots, slot, 1);
  }
}
