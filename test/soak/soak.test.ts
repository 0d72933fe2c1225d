import { test } from 'node:test';
import { runSoak, summary } from './soak.ts';

/** `SOAK_MINUTES`, half a minute by default; `SOAK_SEED` replays. */
const minutes = Number(process.env['SOAK_MINUTES'] ?? 0.5);
const timeout = (minutes * 2 + 10) * 60_000;

test('accounts that do everything at once lose nothing and leave nothing', { timeout }, async (t) => {
  const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(summary(await runSoak({ minutes, seed }), minutes));
});
