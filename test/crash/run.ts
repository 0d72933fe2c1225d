import { parseArgs } from 'node:util';
import { runCrashSuite } from './suite.ts';

/** `bin/run test/crash/run.ts --points N --seed S`: kills the service N times. The same seed makes the same choices. */
const { values } = parseArgs({ options: { points: { type: 'string' }, seed: { type: 'string' } } });
const points = Number(values.points ?? 120);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

console.log(`${points} points, seed ${seed}`);
const startedAt = performance.now();
const { deaths, done } = await runCrashSuite({
  points,
  seed,
  onPoint: (point, how) => console.log(`${String(point).padStart(5)}  ${how}`),
});
const table = (counts: Map<string, number>) => [...counts].map(([name, count]) => `${name} ${count}`).join(' · ');
console.log(`\nKilled: ${table(deaths)}\nDone: ${table(done)}`);
console.log(`${points} points in ${Math.round((performance.now() - startedAt) / 1000)} s: every promise held.`);
