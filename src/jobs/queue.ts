import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Tx } from '../records/database.ts';
import type { JobInputs, JobKind } from './kinds.ts';

export interface EnqueueOptions {
  accountId: string;
  regionId: string;
  /** What the job is about. */
  resourceId: string;
  /** Shown by DescribeTasks under this name. */
  taskAction?: string;
  /** Not before this service time. */
  runAfter?: number;
}

/**
 * Puts a job into the queue, in the caller's transaction: it runs if and only if the transaction commits.
 * Answers the job's id (the API's TaskId).
 */
export async function enqueue<K extends JobKind>(
  tx: Tx,
  parts: { clock: Clock; ids: Ids; idInfix: string },
  kind: K,
  input: JobInputs[K],
  options: EnqueueOptions,
): Promise<string> {
  const now = parts.clock.now();
  const id = parts.ids.resource('t', parts.idInfix);
  const newest = await tx.selectFrom('jobs').select('sequence').orderBy('sequence', 'desc').limit(1).executeTakeFirst();
  await tx
    .insertInto('jobs')
    .values({
      id,
      sequence: (newest?.sequence ?? 0) + 1,
      kind,
      accountId: options.accountId,
      regionId: options.regionId,
      input: JSON.stringify(input),
      status: 'waiting',
      progress: 0,
      doneBytes: 0,
      totalBytes: 0,
      taskAction: options.taskAction ?? null,
      resourceId: options.resourceId,
      cancelRequested: 0,
      attempts: 0,
      runAfter: options.runAfter ?? now,
      errorCode: null,
      errorMessage: null,
      createdAt: now,
      startedAt: null,
      finishedAt: null,
    })
    .execute();
  return id;
}

/** Long enough for a clean-up script to end: one collection then serves all that it deleted. */
export const COLLECT_AFTER_DELETE_MS = 30_000;
/** Jobs that the API does not show are forgotten so long after their end. */
export const KEEP_ENDED_MS = 7 * 24 * 3600_000;

/** For what crashes left behind, as long as a region holds anything. */
export const COLLECT_EVERY_MS = 3600_000;

/**
 * Has the region's garbage collected within `delayMs`. Many wishes become one collection: a later one that waits already is
 * replaced, an earlier one is enough. Answers the id of the one that will do.
 */
export async function requestCollection(
  tx: Tx,
  parts: { clock: Clock; ids: Ids; idInfix: string },
  options: { accountId: string; regionId: string },
  delayMs: number = COLLECT_AFTER_DELETE_MS,
): Promise<string> {
  const runAfter = parts.clock.now() + delayMs;
  const resourceId = garbageOf(options.regionId);
  const waiting = await tx
    .selectFrom('jobs')
    .select(['id', 'runAfter'])
    .where('resourceId', '=', resourceId)
    .where('status', '=', 'waiting')
    .execute();
  const sooner = waiting.find((job) => job.runAfter <= runAfter);
  if (sooner) return sooner.id;
  for (const { id } of waiting) {
    // Not deleted: a sequence that was given once must not be given again.
    await tx
      .updateTable('jobs')
      .set({ status: 'cancelled', finishedAt: parts.clock.now() })
      .where('id', '=', id)
      .execute();
  }
  const { accountId, regionId } = options;
  return enqueue(tx, parts, 'collectGarbage', { regionId }, { accountId, regionId, resourceId, runAfter });
}

/** Names a region's garbage as a resource: one collection at a time. */
export const garbageOf = (regionId: string): string => `garbage-${regionId}`;

/** They clean up after others under the same resource: nobody who ends those means these. */
const NEVER_CANCELLED: readonly JobKind[] = [
  'deleteFiles',
  'deleteVolumes',
  'endFreezes',
  'endMachine',
  'machineEnded',
];

/** Asks the unfinished jobs about a resource to end; what they began is undone. Answers their ids. */
export async function requestCancel(tx: Tx, resourceId: string): Promise<string[]> {
  const jobs = await tx
    .updateTable('jobs')
    .set({ cancelRequested: 1 })
    .where('resourceId', '=', resourceId)
    .where('status', 'in', ['waiting', 'running'])
    .where('kind', 'not in', NEVER_CANCELLED)
    .returning('id')
    .execute();
  return jobs.map(({ id }) => id);
}

/** Forgets ended jobs that the API does not show. The newest row stays: it says which sequences were given. */
export async function forgetEnded(tx: Tx, endedBefore: number): Promise<void> {
  await tx
    .deleteFrom('jobs')
    .where('taskAction', 'is', null)
    .where('finishedAt', '<', endedBefore)
    .where('status', 'not in', ['waiting', 'running'])
    .where('sequence', '<', (eb) => eb.selectFrom('jobs').select((of) => of.fn.max('sequence').as('newest')))
    .execute();
}
