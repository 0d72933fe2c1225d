import type { Db } from '../database.ts';
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
  /** How far it is, of the disks' whole size; both 0 until that is known. */
  doneBytes: number;
  totalBytes: number;
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

/** Kinds of the unfinished jobs about a resource. */
export async function unfinishedKinds(db: Db, resourceId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('kind')
    .where('resourceId', '=', resourceId)
    .where('status', 'in', ['waiting', 'running'])
    .execute();
  return rows.map(({ kind }) => kind);
}

/** A job that the API shows. */
export type TaskRow = JobRow & { taskAction: string };

export interface TaskFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  resourceIds?: readonly string[] | undefined;
  taskAction?: string | undefined;
  statuses?: readonly JobStatus[] | undefined;
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
}

/** A window of the tasks that match, newest first, and how many match in all. */
export async function listTasks(
  db: Db,
  filter: TaskFilter,
  window: { offset: number; size: number },
): Promise<{ rows: TaskRow[]; total: number }> {
  let query = db
    .selectFrom('jobs')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .where('taskAction', 'is not', null);
  if (filter.ids) query = query.where('id', 'in', filter.ids);
  if (filter.resourceIds) query = query.where('resourceId', 'in', filter.resourceIds);
  if (filter.taskAction !== undefined) query = query.where('taskAction', '=', filter.taskAction);
  if (filter.statuses) query = query.where('status', 'in', filter.statuses);
  if (filter.createdFrom !== undefined) query = query.where('createdAt', '>=', filter.createdFrom);
  if (filter.createdTo !== undefined) query = query.where('createdAt', '<=', filter.createdTo);
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query.selectAll().orderBy('sequence', 'desc').limit(window.size).offset(window.offset).execute();
  return { rows: rows as TaskRow[], total: Number(total) };
}

/** The account's own unfinished tasks that go before one. */
export async function countTasksBefore(db: Db, task: TaskRow): Promise<number> {
  const { count } = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', task.accountId)
    .where('taskAction', 'is not', null)
    .where('status', 'in', ['waiting', 'running'])
    .where('sequence', '<', task.sequence)
    .executeTakeFirstOrThrow();
  return Number(count);
}
