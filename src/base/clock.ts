/** Service time. Tests and `POST /_tongjing/clock` move it forward; nothing else in the service asks the system for the time. */
export interface Clock {
  /** Milliseconds since the epoch, in service time. */
  now(): number;
  /** Moves service time forward by `ms` (≥ 0) and wakes everything that waits. */
  advance(ms: number): void;
  /** Calls `wake` once service time has reached `atMs`. The answer cancels it. */
  schedule(atMs: number, wake: () => void): () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The system's time plus an offset, which only grows. `elapsed` is injected so that a test can hold time still. */
export function createClock(offsetMs = 0, elapsed: () => number = Date.now): Clock {
  const waiting = new Map<symbol, { atMs: number; wake: () => void; timer?: NodeJS.Timeout }>();
  const now = () => elapsed() + offsetMs;

  function arm(key: symbol): void {
    const entry = waiting.get(key);
    if (!entry) return;
    clearTimeout(entry.timer);
    const delayMs = entry.atMs - now();
    if (delayMs <= 0) {
      waiting.delete(key);
      entry.wake();
      return;
    }
    entry.timer = setTimeout(() => arm(key), Math.min(delayMs, LONGEST_TIMER_MS)).unref();
  }

  return {
    now,
    advance(ms) {
      offsetMs += ms;
      for (const key of waiting.keys()) arm(key);
    },
    schedule(atMs, wake) {
      const key = Symbol('timer');
      waiting.set(key, { atMs, wake });
      queueMicrotask(() => arm(key));
      return () => {
        clearTimeout(waiting.get(key)?.timer);
        waiting.delete(key);
      };
    },
  };
}
