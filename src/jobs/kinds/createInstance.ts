import { WorldFault } from '../../base/worldFault.ts';
import type { Tx } from '../../records/database.ts';
import { disksOfInstance } from '../../records/tables/disks.ts';
import { deleteInstance, type InstanceRow } from '../../records/tables/instances.ts';
import { deleteTags } from '../../records/tables/tags.ts';
import { CANCELLED, type Job, type JobContext } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { makeVolume } from './makeVolume.ts';
import { startMachine } from './power.ts';
import { deleteDisks } from './rows.ts';

export const createInstance: Job<JobInputs['createInstance']> = {
  weight: 'control',
  async resources({ instanceId }, db) {
    const disks = await disksOfInstance(db, instanceId);
    return [instanceId, ...disks.flatMap((disk) => [disk.id, disk.volumeId])];
  },
  async run({ instanceId, start }, context) {
    const { database, clock } = context;
    let state: Partial<InstanceRow> = { status: 'Stopped' };
    const disks = await disksOfInstance(database.read, instanceId);
    for (const disk of disks) await makeVolume(disk, context);
    if (start) {
      await database.write((tx) =>
        tx
          .updateTable('instances')
          .set({ status: 'Starting' })
          .where('id', '=', instanceId)
          .where('status', '=', 'Pending')
          .execute(),
      );
      state = await startFirst(instanceId, context);
    }
    return (tx) => settle(tx, instanceId, state, clock.now());
  },
  /** As the cloud does: what could not be created is not there. What was, and could not be started time and again, is. */
  async fail({ instanceId }, { enqueue, clock }, tx, reason) {
    const instance = await tx.selectFrom('instances').select('status').where('id', '=', instanceId).executeTakeFirst();
    if (instance?.status === 'Starting' && reason.code !== CANCELLED) {
      return settle(tx, instanceId, { status: 'Stopped', faultReason: reason.message }, clock.now());
    }
    const disks = await disksOfInstance(tx, instanceId);
    await deleteDisks(tx, disks);
    await deleteInstance(tx, instanceId);
    await deleteTags(tx, 'instance', [instanceId]);
    await enqueue(tx, 'deleteVolumes', { volumeIds: disks.map((disk) => disk.volumeId) });
  },
};

/** The instance and its disks are as they stay. */
async function settle(tx: Tx, instanceId: string, state: Partial<InstanceRow>, now: number): Promise<void> {
  await tx
    .updateTable('disks')
    .set({ status: 'In_use', everAttached: 1, attachedAt: now })
    .where('instanceId', '=', instanceId)
    .where('status', '=', 'Creating')
    .execute();
  await tx
    .updateTable('instances')
    .set(state)
    .where('id', '=', instanceId)
    .where('status', 'in', ['Pending', 'Starting'])
    .execute();
}

/** An instance whose disks are there is there, also when its machine can't be started. */
async function startFirst(instanceId: string, context: JobContext): Promise<Partial<InstanceRow>> {
  try {
    const hasNoSystem = await startMachine(instanceId, context);
    return { status: 'Running', startedAt: context.clock.now(), everStarted: 1, hasNoSystem };
  } catch (error) {
    if (!(error instanceof WorldFault) || error.retryable) throw error;
    context.log.error({ err: error, instanceId }, 'a new instance could not be started');
    return { status: 'Stopped', faultReason: error.message };
  }
}
