import type { Flag } from '../schema.ts';

export type JobStatus = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Work that moves bytes or takes time. A job with a `taskAction` is also a task of the API (DescribeTasks). */
export interface JobRow {
  /** `t-…`: the API's TaskId. */
  id: string;
  /** Order of enqueueing: jobs on one resource run in it. */
  sequence: number;
  kind: string;
  accountId: string;
  regionId: string;
  /** The kind's input, JSON. */
  input: string;
  status: JobStatus;
  /** 0 … 100. */
  progress: number;
  /** What the API calls it (`ImportImage`, `CopyImage` …); null: not shown. */
  taskAction: string | null;
  /** The resource that it is about, for DescribeTasks' ResourceIds and for one-at-a-time rules. */
  resourceId: string;
  cancelRequested: Flag;
  attempts: number;
  /** Not before this time (retries, timed steps). */
  runAfter: number;
  errorCode: string | null;
  errorMessage: string | null;
  createdAt: number;
  /** When its work began: for a kind with a `begin` step, when that step was done, so that it is never done twice. */
  startedAt: number | null;
  finishedAt: number | null;
}
