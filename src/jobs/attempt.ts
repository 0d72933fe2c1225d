import { assert } from '../base/assert.ts';
import type { Progress } from '../blocks/blocks.ts';
import type { Tx } from '../records/database.ts';
import type { JobRow, JobStatus } from '../records/tables/jobs.ts';
import { findRegion } from '../rules/regions.ts';
import { type Job, type JobContext, type JobParts, type Reason } from './job.ts';
import { cancelled } from './faults.ts';
import { createProgressWriter } from './progress.ts';
import { COLLECT_EVERY_MS, enqueue, requestCollection } from './queue.ts';

/** A job as the runner holds it, its kind's input type erased. */
export interface Work {
  row: JobRow;
  job: Job<unknown>;
  input: unknown;
}

/** The step that the API waits for. Recorded once done. */
export async function begin(work: Work, parts: JobParts, signal: AbortSignal): Promise<void> {
  assert(work.job.begin, 'only kinds with a begin step are begun');
  await using context = createContext(work, parts, signal);
  await work.job.begin(work.input, context);
  const startedAt = parts.clock.now();
  await parts.database.write((tx) => tx.updateTable('jobs').set({ startedAt }).where('id', '=', work.row.id).execute());
  work.row.startedAt = startedAt;
}

/** One attempt, to its end: its rows and `succeeded` in one transaction. */
export async function run(work: Work, parts: JobParts, signal: AbortSignal): Promise<void> {
  await using context = createContext(work, parts, signal);
  signal.throwIfAborted();
  const finish = await work.job.run(work.input, context);
  await context.stopProgress();
  await parts.database.write(async (tx) => {
    const row = await tx.selectFrom('jobs').select('cancelRequested').where('id', '=', work.row.id).executeTakeFirst();
    // A cancel that was answered before this transaction counts.
    if (row?.cancelRequested) throw cancelled;
    await finish(tx);
    if (work.job.weight === 'data') await context.collect(tx, work.row.regionId, COLLECT_EVERY_MS);
    await endRow(tx, work.row.id, parts.clock.now(), 'succeeded', null);
    await tx.updateTable('jobs').set(context.bytes()).where('id', '=', work.row.id).execute();
  });
}

/** The end of a job that is given up: its undoing and its last status in one transaction. */
export async function giveUp(
  work: Work,
  parts: JobParts,
  status: 'failed' | 'cancelled',
  reason: Reason,
): Promise<void> {
  await using context = createContext(work, parts, AbortSignal.abort(cancelled));
  await parts.database.write(async (tx) => {
    await work.job.fail(work.input, context, tx, reason);
    // What it stored so far is garbage now.
    if (work.job.weight === 'data') await context.collect(tx, work.row.regionId);
    await endRow(tx, work.row.id, parts.clock.now(), status, reason);
  });
}

async function endRow(tx: Tx, id: string, now: number, status: JobStatus, reason: Reason | null): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ status, finishedAt: now, errorCode: reason?.code ?? null, errorMessage: reason?.message ?? null })
    .$if(status === 'succeeded', (update) => update.set({ progress: 100 }))
    .where('id', '=', id)
    .execute();
}

interface AttemptContext extends JobContext, AsyncDisposable {
  stopProgress(): Promise<void>;
  bytes(): Progress;
}

function createContext(work: Work, parts: JobParts, signal: AbortSignal): AttemptContext {
  const { row } = work;
  const held: AsyncDisposable[] = [];
  const writer = createProgressWriter(parts.database, row.id, work.job.progressOf?.(work.input) ?? {});
  return {
    ...parts,
    log: parts.log.child({ job: row.id, kind: row.kind }),
    row,
    signal,
    progress: writer.report,
    stopProgress: writer.end,
    bytes: writer.bytes,
    async lease(regionId) {
      const lease = await parts.blocks.lease(regionId);
      held.push(lease);
      return lease;
    },
    writing() {
      const writing = parts.objects.writing();
      held.push(writing);
      return writing;
    },
    enqueue(tx, kind, input, options) {
      const into = { accountId: row.accountId, regionId: row.regionId, resourceId: row.resourceId, ...options };
      return enqueue(tx, queueParts(parts, into.regionId), kind, input, into);
    },
    async collect(tx, regionId, delayMs) {
      await requestCollection(tx, queueParts(parts, regionId), { accountId: row.accountId, regionId }, delayMs);
    },
    async [Symbol.asyncDispose]() {
      await writer.end();
      for (const one of held) await one[Symbol.asyncDispose]();
    },
  };
}

function queueParts({ clock, ids }: JobParts, regionId: string) {
  const region = findRegion(regionId);
  assert(region, `${regionId} is a region`);
  return { clock, ids, idInfix: region.idInfix };
}
