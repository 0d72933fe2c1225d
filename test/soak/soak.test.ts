import { test } from 'node:test';
import { runSoak, summary } from './soak.ts';

/** `SOAK_MINUTES`, half a minute by default; `SOAK_SEED` replays. */
test('accounts that do everything at once lose nothing and leave nothing', async (t) => {
  const minutes = Number(process.env['SOAK_MINUTES'] ?? 0.5);
  const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(summary(await runSoak({ minutes, seed }), minutes));
});
