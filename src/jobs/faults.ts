import { WorldFault } from '../base/worldFault.ts';
import { CANCELLED, type Job, type Reason } from './job.ts';

/** Why a signal is aborted: somebody cancelled the job. */
export const cancelled = new WorldFault(CANCELLED, 'The job was cancelled.');

/** Why a signal is aborted: the service stops; the job goes on at its next start. */
export const stopping = new WorldFault('Stopping', 'The service stops.');

/** A job that was under way each time the service died so often is likely its cause. */
export const DEADLY_ATTEMPTS = 20;

export const deadly = new WorldFault(
  'GivenUp',
  `The service died ${DEADLY_ATTEMPTS} times while this job was under way.`,
);

export function reasonOf(fault: unknown): Reason {
  if (fault instanceof WorldFault) return { code: fault.code, message: fault.message };
  // Our own fault: what it says is for the log.
  return { code: 'InternalError', message: 'The job failed by a fault of the service; its log says more.' };
}

/** A row of a newer version of the service. */
export const unknownKind: Job<unknown> = {
  weight: 'control',
  resources: () => [],
  run: () =>
    Promise.reject(new WorldFault('UnknownJobKind', 'This version of the service does not know this kind of job.')),
  async fail() {},
};
