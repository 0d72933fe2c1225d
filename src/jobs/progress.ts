import type { Progress } from '../blocks/blocks.ts';
import type { Database } from '../records/database.ts';
import type { Job } from './job.ts';

const WRITE_INTERVAL_MS = 300;

export interface ProgressWriter {
  report(percent: number, bytes?: Progress): void;
  /** The newest, for the transaction that ends the job. */
  bytes(): Progress;
  /** No write is under way, and none follows. */
  end(): Promise<void>;
}

/** Writes a job's progress to its rows: the newest value, a few times a second at most. A lost one matters to nobody. */
export function createProgressWriter(
  database: Database,
  jobId: string,
  shown: ReturnType<NonNullable<Job<never>['progressOf']>>,
): ProgressWriter {
  let reported = 0;
  let written = 0;
  let bytes: Progress = { doneBytes: 0, totalBytes: 0 };
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isEnded = false;

  const write = () =>
    database.write(async (tx) => {
      const progress = reported;
      await tx
        .updateTable('jobs')
        .set({ progress, ...bytes })
        .where('id', '=', jobId)
        .execute();
      if (shown.imageId) {
        await tx
          .updateTable('images')
          .set({ progress })
          .where('id', '=', shown.imageId)
          .where('status', 'in', ['Waiting', 'Creating'])
          .execute();
      }
      if (shown.snapshotIds?.length) {
        await tx
          .updateTable('snapshots')
          .set({ progress })
          .where('id', 'in', shown.snapshotIds)
          .where('status', '=', 'progressing')
          .execute();
      }
      written = progress;
    });

  const tick = () => {
    timer = undefined;
    writing = write().then(arm, () => {});
  };
  const arm = () => {
    if (!isEnded && timer === undefined && reported > written) timer = setTimeout(tick, WRITE_INTERVAL_MS).unref();
  };

  return {
    report(percent, newest = bytes) {
      bytes = newest;
      // 100 is for the transaction that makes it true.
      reported = Math.max(reported, Math.min(99, Math.floor(percent)));
      arm();
    },
    bytes: () => bytes,
    async end() {
      isEnded = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
