import { hasEnd, jobsAbout } from '../../../records/jobEnds.ts';
import { disksOfInstance } from '../../../records/tables/disks.ts';
import type { ImageRow } from '../../../records/tables/images.ts';
import type { JobRow } from '../../../records/tables/jobs.ts';
import { findSnapshot, snapshotsOfImage } from '../../../records/tables/snapshots.ts';
import { diskOf, imageOf, instanceOf, type Situation, type Way } from './situation.ts';

/** Waits for whatever is going on with what the refused call names. */
export const waitForAll: Way = (situation) => waiting(situation, busyJobs(situation));

/** Waits for what is going on with the image. */
export const waitForImage = (situation: Situation, image: ImageRow): ReturnType<Way> =>
  waiting(situation, jobsOfImage(situation, image));

async function* waiting(situation: Situation, found: Promise<JobRow[]>): ReturnType<Way> {
  const jobs = (await found).filter(hasEnd);
  if (jobs.length === 0) return;
  const words = [...new Set(jobs.map((job) => inWords(job, situation)))];
  yield { text: `Wait until ${words.join(' and ')} ${words.length === 1 ? 'has' : 'have'} ended.`, wait: jobs };
}

/** Unfinished jobs that the refused call may be waiting for: about what it names, its disks, and their snapshots. */
async function busyJobs(situation: Situation): Promise<JobRow[]> {
  const { call, account, refused } = situation;
  const image = await imageOf(situation);
  const instance = await instanceOf(situation);
  const disk = await diskOf(situation);
  const snapshot = await findSnapshot(call.db, account.id, refused.parameters['SnapshotId'] ?? '');
  const ids = [instance, disk, snapshot].flatMap((row) => row?.id ?? []);
  if (instance) ids.push(...(await disksOfInstance(call.db, instance.id)).map(({ id }) => id));
  return [...(await jobsAbout(call.db, ids)), ...(image ? await jobsOfImage(situation, image) : [])];
}

/** What makes it, and copies of it. Only its owner hears that others copy it. */
async function jobsOfImage({ call, account }: Situation, image: ImageRow): Promise<JobRow[]> {
  const snapshots = await snapshotsOfImage(call.db, image.id);
  const jobs = await jobsAbout(call.db, [image.id, ...snapshots.map(({ id }) => id)]);
  return jobs.filter(({ accountId }) => accountId === account.id || image.accountId === account.id);
}

const WORDS: Readonly<Record<string, string>> = {
  createDisks: 'the creation',
  attachDisk: 'the attaching',
  detachDisk: 'the detaching',
  reInitDisk: 're-initialising',
  createInstance: 'the creation',
  startInstance: 'the start',
  stopInstance: 'the stop',
  rebootInstance: 'the reboot',
  createSnapshots: 'the snapshot',
  createImage: 'the creation',
  copyImage: 'the copy',
  copySnapshot: 'the copy',
  resizeDisk: 'the resizing',
  importImage: 'the import',
  exportImage: 'the export',
};

/** Another account's copy of an image is not named. */
function inWords(job: JobRow, { account }: Situation): string {
  const what = WORDS[job.kind] ?? job.kind;
  return job.accountId === account.id ? `${what} of ${job.resourceId}` : `${what} that another account makes`;
}
