import { setImmediate as nextTurn } from 'node:timers/promises';
import { WorldFault } from '../base/worldFault.ts';
import type { JobRow } from '../records/tables/jobs.ts';
import { begin, giveUp, run, type Work } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { cancelled, deadly, DEADLY_ATTEMPTS, reasonOf, stopping, unknownKind } from './faults.ts';
import type { Job, JobParts, JobTable } from './job.ts';
import { needsBegin, pickDue, type Queued } from './turns.ts';

export interface RunnerParts extends JobParts {
  kinds: JobTable;
  /** Jobs that may move bytes at once; default 2. */
  dataJobs?: number;
  /** For the jitter of retries; 0 ≤ x < 1. */
  random?: () => number;
}

export interface Runner {
  /** Takes up what an earlier process left, then whatever is enqueued. */
  start(): Promise<void>;
  /** Something was committed: new jobs, or a wish to cancel one. */
  wake(): void;
  /** The jobs' begin steps are over, however they went. Kinds without one are never waited for. */
  began(jobIds: readonly string[]): Promise<void>;
  /** Nothing runs, and nothing is due. */
  settled(): Promise<void>;
  /** Asks for the job's end and waits for it. */
  cancel(jobId: string): Promise<void>;
  /** Takes nothing up any more; what runs is interrupted and goes on at the next start. */
  stop(): Promise<void>;
}

const CONTROL_JOBS = 16;
/** They mostly wait; an account has so many of them at most that it takes ten to fill this. */
const GUEST_JOBS = 1000;
const DEFAULT_DATA_JOBS = 2;
const DEFAULT_ATTEMPTS = 3;

interface Entry extends Work, Queued {
  controller: AbortController;
  /** The step under way. */
  step: Promise<void>;
  begun: PromiseWithResolvers<void>;
  ended: PromiseWithResolvers<void>;
}

/** The durable queue's one reader. The rows are the truth; `entries` mirrors the unfinished ones. */
export function createRunner(parts: RunnerParts): Runner {
  const { database, clock, log } = parts;
  const limits = { data: parts.dataJobs ?? DEFAULT_DATA_JOBS, control: CONTROL_JOBS, guest: GUEST_JOBS };
  const random = parts.random ?? Math.random;
  /** In order of enqueueing. */
  const entries = new Map<string, Entry>();
  let newestSequence = 0;
  let isRunning = false;
  let isAsked = false;
  let passing: Promise<void> | null = null;
  let cancelTimer = () => {};

  const kindOf = (kind: string) => (parts.kinds as Record<string, Job<unknown> | undefined>)[kind];

  function wake(): void {
    if (!isRunning) return;
    isAsked = true;
    passing ??= passes();
  }

  async function passes(): Promise<void> {
    while (isAsked) {
      isAsked = false;
      try {
        await takeNew();
        await takeCancels();
        await startDue();
      } catch (error) {
        log.error({ err: error }, 'the job queue could not be read or written; trying again');
        wakeAt(clock.now() + backoffMs(1, random));
      }
    }
    passing = null;
  }

  function wakeAt(atMs: number): void {
    cancelTimer();
    cancelTimer = clock.schedule(atMs, wake);
  }

  async function takeNew(): Promise<void> {
    const rows = await database.read
      .selectFrom('jobs')
      .selectAll()
      .where('status', 'in', ['waiting', 'running'])
      .where('sequence', '>', newestSequence)
      .orderBy('sequence')
      .execute();
    for (const row of rows) {
      const entry = await createEntry(row);
      entries.set(row.id, entry);
      newestSequence = row.sequence;
      if (row.status === 'running' && row.attempts >= Math.max(DEADLY_ATTEMPTS, entry.job.maxAttempts ?? 0))
        step(entry, 'running', () => Promise.reject(deadly));
    }
  }

  async function createEntry(row: JobRow): Promise<Entry> {
    const job = kindOf(row.kind) ?? unknownKind;
    const input: unknown = JSON.parse(row.input);
    const entry: Entry = {
      row,
      job,
      input,
      state: 'waiting',
      resources: await job.resources(input, database.read),
      runAfter: row.runAfter,
      controller: new AbortController(),
      step: Promise.resolve(),
      begun: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    if (!job.begin || row.startedAt !== null) entry.begun.resolve();
    return entry;
  }

  async function takeCancels(): Promise<void> {
    const rows = await database.read
      .selectFrom('jobs')
      .select('id')
      .where('cancelRequested', '=', 1)
      .where('status', 'in', ['waiting', 'running'])
      .execute();
    for (const { id } of rows) {
      const entry = entries.get(id);
      if (!entry || entry.controller.signal.aborted) continue;
      entry.controller.abort(cancelled);
      if (entry.state === 'waiting' || entry.state === 'begun') step(entry, 'running', () => Promise.reject(cancelled));
    }
  }

  async function startDue(): Promise<void> {
    const { unclaimed, ready, nextAt } = pickDue([...entries.values()], limits, clock.now());
    if (nextAt !== null) wakeAt(nextAt);
    for (const entry of ready) startRun(entry);
    if (!unclaimed.length) return;
    const rows = await claim(unclaimed);
    for (const entry of unclaimed) {
      const row = rows.get(entry.row.id);
      if (row) {
        entry.row = row;
        if (needsBegin(entry)) startBegin(entry);
        else startRun(entry);
      } else {
        // Nothing to do any more: a collection that a sooner one replaced.
        forget(entry);
      }
    }
  }

  async function claim(due: readonly Entry[]): Promise<Map<string, JobRow>> {
    const ids = due.map((entry) => entry.row.id);
    const beginning = due.filter(needsBegin).map((entry) => entry.row.id);
    const now = clock.now();
    const rows = await database.write((tx) =>
      tx
        .updateTable('jobs')
        .set((eb) => ({
          status: 'running',
          attempts: eb('attempts', '+', 1),
          startedAt: eb
            .case()
            .when('id', 'in', beginning)
            .then(null)
            .else(eb.fn.coalesce('startedAt', eb.val(now)))
            .end(),
        }))
        .where('id', 'in', ids)
        .where('status', 'in', ['waiting', 'running'])
        .returningAll()
        .execute(),
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  function startBegin(entry: Entry): void {
    step(entry, 'beginning', async () => {
      await begin(entry, parts, entry.controller.signal);
      entry.state = 'begun';
      entry.begun.resolve();
    });
  }

  function startRun(entry: Entry): void {
    step(entry, 'running', async () => {
      await run(entry, parts, entry.controller.signal);
      log.debug({ job: entry.row.id, kind: entry.row.kind }, 'job succeeded');
      forget(entry);
    });
  }

  function step(entry: Entry, state: Entry['state'], body: () => Promise<void>): void {
    entry.state = state;
    entry.step = body()
      .catch((error: unknown) => afterFault(entry, error))
      .finally(wake);
  }

  async function afterFault(entry: Entry, fault: unknown): Promise<void> {
    const { row, controller } = entry;
    try {
      if (controller.signal.reason === stopping) {
        await putBack(entry);
      } else if (controller.signal.reason === cancelled || fault === cancelled || (await isCancelWanted(row.id))) {
        await giveUp(entry, parts, 'cancelled', { code: cancelled.code, message: cancelled.message });
        forget(entry);
      } else if (
        fault instanceof WorldFault &&
        fault.retryable &&
        row.attempts < (entry.job.maxAttempts ?? DEFAULT_ATTEMPTS)
      ) {
        log.warn({ err: fault, job: row.id, kind: row.kind, attempts: row.attempts }, 'job will be tried again');
        entry.runAfter = clock.now() + backoffMs(row.attempts, random);
        await parts.database.write((tx) =>
          tx
            .updateTable('jobs')
            .set({ status: 'waiting', runAfter: entry.runAfter })
            .where('id', '=', row.id)
            .execute(),
        );
        entry.state = 'waiting';
      } else {
        log[fault instanceof WorldFault ? 'warn' : 'error']({ err: fault, job: row.id, kind: row.kind }, 'job failed');
        await giveUp(entry, parts, 'failed', reasonOf(fault));
        forget(entry);
      }
    } catch (error) {
      // The records themselves can't be written: nothing is lost, everything is tried again.
      log.error({ err: error, job: row.id, kind: row.kind }, 'the end of a job could not be recorded; trying again');
      entry.runAfter = clock.now() + backoffMs(row.attempts, random);
      entry.state = 'waiting';
    }
  }

  /** Who asked for a job's end may have taken away what it works on before its signal was aborted: its fault is then the cancel's. */
  async function isCancelWanted(id: string): Promise<boolean> {
    const row = await database.read
      .selectFrom('jobs')
      .select('cancelRequested')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.cancelRequested === 1;
  }

  /** As if it had not been taken up: the next start does. */
  async function putBack(entry: Entry): Promise<void> {
    await database.write((tx) =>
      tx
        .updateTable('jobs')
        .set((eb) => ({ status: 'waiting', attempts: eb('attempts', '-', 1) }))
        .where('id', '=', entry.row.id)
        .where('status', '=', 'running')
        .execute(),
    );
    forget(entry);
  }

  function forget(entry: Entry): void {
    entries.delete(entry.row.id);
    entry.begun.resolve();
    entry.ended.resolve();
  }

  return {
    async start() {
      isRunning = true;
      newestSequence = 0;
      wake();
      await passing;
    },
    wake,
    async began(jobIds) {
      if (!jobIds.length) return;
      const rows = await database.read.selectFrom('jobs').select(['id', 'kind']).where('id', 'in', jobIds).execute();
      wake();
      const prompt = rows.filter((row) => kindOf(row.kind)?.begin);
      if (!prompt.length) return;
      await passing;
      await Promise.all(prompt.map(({ id }) => entries.get(id)?.begun.promise));
    },
    async settled() {
      for (;;) {
        wake();
        await passing;
        const all = [...entries.values()];
        // The step of one that has begun is over: to race with it would let nothing else happen.
        const busy = all.filter(({ state }) => state === 'beginning' || state === 'running');
        const { unclaimed, ready } = pickDue(all, limits, clock.now());
        if (busy.length) await Promise.race(busy.map((entry) => entry.step));
        else if (unclaimed.length === 0 && ready.length === 0) return;
        else await nextTurn();
      }
    },
    async cancel(jobId) {
      await database.write((tx) =>
        tx
          .updateTable('jobs')
          .set({ cancelRequested: 1 })
          .where('id', '=', jobId)
          .where('status', 'in', ['waiting', 'running'])
          .execute(),
      );
      wake();
      await passing;
      await entries.get(jobId)?.ended.promise;
    },
    async stop() {
      isRunning = false;
      isAsked = false;
      cancelTimer();
      await passing;
      const active = [...entries.values()].filter((entry) => entry.state !== 'waiting');
      for (const entry of active) entry.controller.abort(stopping);
      await Promise.all(active.map((entry) => entry.step));
      for (const entry of [...entries.values()].filter((left) => left.state === 'begun')) await putBack(entry);
      for (const entry of entries.values()) forget(entry);
    },
  };
}
