import assert from 'node:assert/strict';
import { createRandom, type Random } from '../workload/random.ts';
import { createMemoryBed, createRealBed, type Bed } from './bed.ts';
import { explain } from './explain.ts';
import { checkContents, checkLists, checkNoLeak, checkStores } from './checks.ts';
import { finish } from './model.ts';
import { NothingToDo, type Step, type Verb } from './verb.ts';
import { attachDisk, createDisk, deleteDisk, detachDisk, reInitDisk, resetDisk, write } from './verbs/disks.ts';
import { holdOrLetGo } from './verbs/holds.ts';
import { cancelCopy, copyImage, deleteImage, imageOfInstance, imageOfSnapshot, share } from './verbs/images.ts';
import { launch, remove, replaceSystemDisk, start, stop } from './verbs/instances.ts';
import { createSnapshot, deleteSnapshot } from './verbs/snapshots.ts';

/** What matters most most often. */
const verbs: readonly (readonly [verb: Verb, weight: number])[] = [
  [launch, 5],
  [start, 2],
  [stop, 4],
  [remove, 2],
  [replaceSystemDisk, 4],
  [createDisk, 4],
  [attachDisk, 4],
  [detachDisk, 4],
  [deleteDisk, 2],
  [resetDisk, 4],
  [reInitDisk, 4],
  [write, 6],
  [createSnapshot, 6],
  [deleteSnapshot, 3],
  [imageOfInstance, 5],
  [imageOfSnapshot, 4],
  [copyImage, 6],
  [cancelCopy, 2],
  [deleteImage, 3],
  [share, 6],
  [holdOrLetGo, 3],
];

const bag = verbs.flatMap(([verb, weight]) => Array<Verb>(weight).fill(verb));
/** Between two looks at everything. */
const STEPS_PER_CHECK = 15;
const SECOND_MS = 1000;

export interface Counts {
  steps: number;
  refusals: number;
}

/** Takes the steps that the seeds draw, one after another, on a new service; what differs from the model is thrown. */
export async function runSequence(seeds: readonly number[], disks: 'memory' | 'real', counts: Counts): Promise<void> {
  await using bed = disks === 'memory' ? await createMemoryBed(1) : await createRealBed();
  const log: string[] = [];
  try {
    for (const seed of seeds) {
      const step = draw(bed, createRandom(seed));
      if (!step) continue;
      log.push(`${step.who?.accountId ?? ''} ${step.what}: ${step.codes.join(' or ') || 'succeeds'}`);
      await take(bed, step);
      counts.steps++;
      if (step.codes.length > 0) counts.refusals++;
      if (counts.steps % STEPS_PER_CHECK === 0) await checkAll(bed);
    }
    await checkAtEnd(bed);
  } catch (error) {
    throw new Error(`${log.join('\n')}\n${(error as Error).message}`, { cause: error });
  }
}

function draw(bed: Bed, random: Random): Step | null {
  try {
    return random.pick(bag)(bed, random);
  } catch (error) {
    if (error instanceof NothingToDo) return null;
    throw error;
  }
}

async function take(bed: Bed, step: Step): Promise<void> {
  bed.world.advance(SECOND_MS);
  bed.model.now++;
  const explained = await explain(bed, step);
  const { code, answer } = await outcomeOf(step);
  if (explained) assert.equal(explained.code, code, 'what Explain said of it');
  if (code !== null) assert.ok(step.codes.includes(code), `refused with ${code}`);
  else {
    assert.deepEqual(step.codes, [], 'it succeeded');
    await step.done(answer);
    await bed.settled();
  }
  checkNoLeak(bed);
}

/** What the service did: null is no refusal. */
async function outcomeOf(step: Step): Promise<{ code: string | null; answer?: unknown }> {
  try {
    return { code: null, answer: await step.call() };
  } catch (error) {
    const { code } = error as Error & { code?: string };
    if (code === undefined) throw error;
    return { code };
  }
}

async function checkAll(bed: Bed): Promise<void> {
  await checkLists(bed);
  checkNoLeak(bed);
  if (bed.holds) await checkContents(bed);
}

/** Nothing is under way any more. */
async function checkAtEnd(bed: Bed): Promise<void> {
  for (const what of ['copies', 'snapshots'] as const) {
    if (!bed.holds?.isHeld(what)) continue;
    bed.holds.letGo(what);
    finish(bed.model, what);
  }
  await bed.settled();
  await checkAll(bed);
  if (bed.holds) return;
  await checkContents(bed);
  await checkStores(bed);
}
