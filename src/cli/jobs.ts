import { setTimeout as delay } from 'node:timers/promises';
import { CliFault, exitCodes } from './fault.ts';
import type { Io } from './io.ts';
import { progressLine } from './progress.ts';
import type { Service } from './service.ts';

interface JobState {
  status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  progress: number;
  errorCode: string | null;
  errorMessage: string | null;
}

const POLL_MS = 200;

/** Waits until the service has done a job, showing how far it is. Throws what it failed by. */
export async function waitForJob(service: Service, jobId: string, io: Io, label: string): Promise<void> {
  const line = progressLine(io, label);
  try {
    for (;;) {
      const job = await service.operator<JobState>('GET', `jobs/${jobId}`);
      line.show(job.progress);
      if (job.status === 'succeeded') return;
      if (job.status === 'cancelled') {
        throw new CliFault('Cancelled', 'The job was cancelled; nothing of it is left.', {
          exitCode: exitCodes.interrupted,
        });
      }
      if (job.status === 'failed') {
        throw new CliFault(job.errorCode ?? 'Failed', job.errorMessage ?? 'The job failed.');
      }
      await delay(POLL_MS);
    }
  } finally {
    line.end();
  }
}

/** The same for a task of the operator's; Ctrl-C cancels it. */
export async function waitForTask(
  service: Service,
  { jobId, regionId }: { jobId: string; regionId: string },
  io: Io,
  label: string,
): Promise<void> {
  const release = io.onInterrupt(() => {
    io.err('\nCancelling …\n');
    // The wait below tells how it went.
    service.call('CancelTask', { RegionId: regionId, TaskId: jobId }).catch(() => {});
  });
  try {
    await waitForJob(service, jobId, io, label);
  } finally {
    release();
  }
}
