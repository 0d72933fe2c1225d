import { test } from 'node:test';
import { runCrashSuite } from './suite.ts';

/** `CRASH_POINTS`, `CRASH_SEED` replays. More: `bin/run test/crash/run.ts --points N --seed S`. */
test('a service that is killed at any moment keeps every promise', { timeout: 1_800_000 }, async (t) => {
  const points = Number(process.env['CRASH_POINTS'] ?? 165);
  const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`${points} points, seed ${seed}`);
  const { deaths } = await runCrashSuite({ points, seed });
  t.diagnostic([...deaths].map(([how, count]) => `${how} ${count}`).join(' · '));
});
