import { parseArgs } from 'node:util';
import { checkModel } from './property.ts';

/** `bin/run test/model/run.ts --runs N --seed S [--real]`: more of the state-model test. A failure prints the seed and the shortest steps. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    real: { type: 'boolean', default: false },
  },
});
console.log(
  await checkModel({ runs: Number(values.runs), seed: Number(values.seed), disks: values.real ? 'real' : 'memory' }),
);
