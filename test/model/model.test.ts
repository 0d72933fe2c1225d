import { test } from 'node:test';
import { checkModel } from './property.ts';

/** `MODEL_SEED` replays. More of it: test/model/run.ts. */
const seed = Number(process.env['MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const timeout = 10 * 60_000;

test('accounts in two regions see, get and are refused what the model says', { timeout }, async (t) => {
  t.diagnostic(await checkModel({ runs: 8, seed, disks: 'memory' }));
});

test('and real disks hold what it says, with no chunk lost or left', { timeout }, async (t) => {
  t.diagnostic(await checkModel({ runs: 2, seed, disks: 'real' }));
});
