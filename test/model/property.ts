import fc from 'fast-check';
import { runSequence, type Counts } from './sequence.ts';

export interface ModelRuns {
  runs: number;
  seed: number;
  disks: 'memory' | 'real';
}

/** Draws; one in two has something to do. A run on real disks is not made shorter: it may be long from the start. */
const DRAWS = { memory: { least: 1, most: 500 }, real: { least: 120, most: 160 } };
/** A failure is made shorter for so long. */
const SHRINK_MS = 60_000;

/** The service does what the model says, whatever is asked of it. Answers what was done; a failure says the seed. */
export async function checkModel({ runs, seed, disks }: ModelRuns): Promise<string> {
  const counts: Counts = { steps: 0, refusals: 0 };
  // A step is a seed of its own: with others left out, it asks for the like of what it asked for.
  const draws = { minLength: DRAWS[disks].least, maxLength: DRAWS[disks].most, size: 'max' } as const;
  const seeds = fc.noBias(fc.array(fc.integer({ min: 0, max: 2 ** 31 }), draws));
  await fc.assert(
    fc.asyncProperty(seeds, (steps) => runSequence(steps, disks, counts)),
    { seed, numRuns: runs, interruptAfterTimeLimit: runs * 10_000 + SHRINK_MS, endOnFailure: disks === 'real' },
  );
  return `seed ${seed}: ${runs} runs on ${disks} disks, ${counts.steps} steps, ${counts.refusals} of them refused`;
}
