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
