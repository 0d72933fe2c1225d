import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Blocks, Lease, Progress } from '../blocks/blocks.ts';
import type { Transfers } from '../disks/transfers.ts';
import type { Volumes } from '../disks/volumes.ts';
import type { Keys } from '../keys/keys.ts';
import type { Agents } from '../machines/agent/agents.ts';
import type { Machines } from '../machines/machines.ts';
import type { ObjectWriting } from '../objects/writing.ts';
import type { Database, Db, Tx } from '../records/database.ts';
import type { JobRow } from '../records/tables/jobs.ts';
import type { JobInputs, JobKind } from './kinds.ts';
import type { EnqueueOptions } from './queue.ts';

/** What every job works with. */
export interface JobParts {
  database: Database;
  clock: Clock;
  ids: Ids;
  log: Log;
  blocks: Blocks;
  volumes: Volumes;
  transfers: Transfers;
  keys: Keys;
  machines: Machines;
  agents: Agents;
  /** How long an image may take to come up when it is proven to boot. */
  bootProofSeconds: number;
  /** Where the bytes of an object's part are. */
  objectPath: (blob: string) => string;
  objects: { writing(): ObjectWriting };
}

export interface JobContext extends JobParts {
  readonly row: JobRow;
  /** Aborted by CancelTask and its like, and when the service stops. */
  readonly signal: AbortSignal;
  /** 0 … 100, with how far it is in bytes where that is known; written at most a few times a second. */
  progress(percent: number, bytes?: Progress): void;
  /** A write lease, held until the transaction that ends this attempt is over. */
  lease(regionId: string): Promise<Lease>;
  /** Objects of this attempt, over with it: what its transaction did not place is gone. */
  writing(): ObjectWriting;
  /** Another job of this one's account and region, if and only if `tx` commits. */
  enqueue<K extends JobKind>(tx: Tx, kind: K, input: JobInputs[K], options?: Partial<EnqueueOptions>): Promise<string>;
  /** Has a region's garbage collected within `delayMs`; default: as after a delete. */
  collect(tx: Tx, regionId: string, delayMs?: number): Promise<void>;
}

/** Writes the rows of a job that succeeded, in the transaction that also says so. */
export type Finish = (tx: Tx) => Promise<void>;

export interface Reason {
  code: string;
  message: string;
}

/** `Reason.code` of a job that somebody cancelled. */
export const CANCELLED = 'Cancelled';

export type Weight = 'data' | 'control' | 'guest';

/**
 * One kind of job. After a crash `run` is called again from its start: what it did already must not be done twice
 * (content-addressed stores make that cheap). `fail` undoes, in one transaction, when it is given up or cancelled.
 */
export interface Job<Input> {
  /** `data`: counted against the few that may move bytes at once. `control`: quick. `guest`: waits for what goes on in a guest. */
  weight: Weight;
  /** Attempts on retryable faults of the world; default 3. */
  maxAttempts?: number;
  /** What it works on: jobs that name the same resource run one after the other, as they were enqueued. */
  resources(input: Input, db: Db): Promise<readonly string[]> | readonly string[];
  /** Rows that show its progress besides its own. */
  progressOf?(input: Input): { imageId?: string | null; snapshotIds?: readonly string[] };
  /** The API waits for this step before it answers the call that enqueued the job. Done once, never again after a crash. */
  begin?(input: Input, context: JobContext): Promise<void>;
  run(input: Input, context: JobContext): Promise<Finish>;
  fail(input: Input, context: JobContext, tx: Tx, reason: Reason): Promise<void>;
}

/** Every kind of job by its name. */
export type JobTable = { readonly [K in JobKind]: Job<JobInputs[K]> };
