import type { Db } from './database.ts';
import type { JobRow } from './tables/jobs.ts';

/** Unfinished jobs about any of the resources, in order: those whose resource it is, and those whose input names it. */
export async function jobsAbout(db: Db, resourceIds: readonly string[]): Promise<JobRow[]> {
  if (resourceIds.length === 0) return [];
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('status', 'in', ['waiting', 'running'])
    .where((eb) => eb.or(resourceIds.flatMap((id) => [eb('resourceId', '=', id), eb('input', 'like', `%"${id}"%`)])))
    .orderBy('sequence')
    .execute();
}

export async function jobsById(db: Db, ids: readonly string[]): Promise<JobRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('jobs').selectAll().where('id', 'in', ids).orderBy('sequence').execute();
}

/** Whether a job of that kind has an end that rules wait for. */
export const hasEnd = (job: Pick<JobRow, 'kind'>): boolean => Object.hasOwn(ends, job.kind);

/** Rehearses that a job has succeeded: the states that it leaves its rows in, as `src/jobs/kinds/` does, and none of its bytes. */
export async function rehearseEnd(db: Db, job: JobRow, now: number): Promise<void> {
  await ends[job.kind]?.(db, JSON.parse(job.input) as Input, now);
  await db.updateTable('jobs').set({ status: 'succeeded', finishedAt: now }).where('id', '=', job.id).execute();
}

interface Input {
  diskId: string;
  diskIds: string[];
  instanceId: string;
  imageId: string | null;
  snapshotId: string;
  start: boolean;
  snapshots: { snapshotId: string }[];
  disks: { snapshotId: string }[];
}

const ends: Readonly<Record<string, (db: Db, input: Input, now: number) => Promise<void>>> = {
  createDisks: (db, { diskIds }, now) => disksReady(db, diskIds, now),
  attachDisk: (db, { diskId }, now) => disksReady(db, [diskId], now),
  async reInitDisk(db, { diskId }) {
    const disk = db.updateTable('disks').where('id', '=', diskId);
    await disk.set({ status: 'Available' }).where('instanceId', 'is', null).execute();
    await disk.set({ status: 'In_use' }).where('instanceId', 'is not', null).execute();
  },
  async detachDisk(db, { diskId }, now) {
    const detached = { status: 'Available', instanceId: null, device: null, detachedAt: now } as const;
    await db.updateTable('disks').set(detached).where('id', '=', diskId).execute();
  },
  async createInstance(db, { instanceId, start }, now) {
    const disks = await db.selectFrom('disks').select('id').where('instanceId', '=', instanceId).execute();
    await disksReady(
      db,
      disks.map(({ id }) => id),
      now,
    );
    if (start) await running(db, instanceId, now);
    else await stopped(db, instanceId);
  },
  startInstance: (db, { instanceId }, now) => running(db, instanceId, now),
  rebootInstance: (db, { instanceId }, now) => running(db, instanceId, now),
  stopInstance: (db, { instanceId }) => stopped(db, instanceId),
  async createSnapshots(db, { snapshots, imageId }, now) {
    await accomplished(db, snapshots, now);
    await available(db, imageId);
  },
  createImage: (db, { imageId }) => available(db, imageId),
  async copyImage(db, { disks, imageId }, now) {
    await accomplished(db, disks, now);
    await available(db, imageId);
  },
  copySnapshot: (db, { snapshotId }, now) => accomplished(db, [{ snapshotId }], now),
  async resizeDisk(db, { diskId }) {
    const disk = db.updateTable('disks').where('id', '=', diskId).where('pendingSizeGib', 'is not', null);
    await disk.set((eb) => ({ sizeGib: eb.ref('pendingSizeGib').$notNull(), pendingSizeGib: null })).execute();
  },
  async importImage(db, { snapshotId, imageId }, now) {
    await accomplished(db, [{ snapshotId }], now);
    await available(db, imageId);
  },
  exportImage: async () => {},
};

async function disksReady(db: Db, ids: readonly string[], now: number): Promise<void> {
  const disks = db.updateTable('disks').where('id', 'in', ids);
  await disks.set({ status: 'Available' }).where('instanceId', 'is', null).execute();
  const attached = disks.where('instanceId', 'is not', null).where('status', '!=', 'In_use');
  await attached.set({ status: 'In_use', everAttached: 1, attachedAt: now, detachedAt: null }).execute();
}

async function running(db: Db, id: string, now: number): Promise<void> {
  const change = { status: 'Running', startedAt: now, everStarted: 1 } as const;
  await db.updateTable('instances').set(change).where('id', '=', id).execute();
}

async function stopped(db: Db, id: string): Promise<void> {
  await db.updateTable('instances').set({ status: 'Stopped' }).where('id', '=', id).execute();
}

async function accomplished(db: Db, snapshots: readonly { snapshotId: string }[], now: number): Promise<void> {
  const ids = snapshots.map(({ snapshotId }) => snapshotId);
  const change = { status: 'accomplished', progress: 100, completedAt: now } as const;
  await db.updateTable('snapshots').set(change).where('id', 'in', ids).where('status', '=', 'progressing').execute();
}

async function available(db: Db, imageId: string | null): Promise<void> {
  if (imageId === null) return;
  const change = { status: 'Available', progress: 100 } as const;
  const image = db.updateTable('images').set(change).where('id', '=', imageId);
  await image.where('status', 'in', ['Waiting', 'Creating']).execute();
}
