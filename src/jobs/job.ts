import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Blocks } from '../blocks/blocks.ts';
import type { Transfers } from '../disks/transfers.ts';
import type { Volumes } from '../disks/volumes.ts';
import type { Machines } from '../machines/machines.ts';
import type { Database, Tx } from '../records/database.ts';
import type { JobRow } from '../records/tables/jobs.ts';

/** What every job works with. */
export interface JobParts {
  database: Database;
  clock: Clock;
  ids: Ids;
  log: Log;
  blocks: Blocks;
  volumes: Volumes;
  transfers: Transfers;
  machines: Machines;
}

export interface JobContext extends JobParts {
  readonly row: JobRow;
  /** Aborted by CancelTask and its like, and when the service stops. */
  readonly signal: AbortSignal;
  /** 0 … 100; written at most a few times a second. */
  progress(percent: number): void;
}

/**
 * One kind of job. After a crash `run` is called again from its start: what it did already must not be done twice
 * (content-addressed stores make that cheap). `fail` undoes, in one transaction, when it is given up or cancelled.
 */
export interface Job<Input> {
  /** The API waits for this step before it answers the call that enqueued the job. */
  begin?(input: Input, context: JobContext): Promise<void>;
  run(input: Input, context: JobContext): Promise<void>;
  fail(input: Input, context: JobContext, tx: Tx, reason: { code: string; message: string }): Promise<void>;
  /** Attempts on retryable faults of the world; default 3. */
  maxAttempts?: number;
  /** `data`: counted against the few that may move bytes at once. `control`: quick. */
  weight: 'data' | 'control';
}
