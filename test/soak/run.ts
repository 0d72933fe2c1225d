import { parseArgs } from 'node:util';
import { runSoak, summary } from './soak.ts';

/** `bin/run test/soak/run.ts --minutes M --seed S` */
const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes ?? 3);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
console.log(`${minutes} minutes, seed ${seed}`);
console.log(summary(await runSoak({ minutes, seed }), minutes));
