import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; a test's own timeout ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (;;) {
    if (await condition()) return;
    await sleep(5);
  }
}
