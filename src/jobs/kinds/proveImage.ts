import type { Tx } from '../../records/database.ts';
import { updateBootProof } from '../../records/tables/bootProofs.ts';
import { removeImage } from '../../records/tables/images.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import { provingMachine, provingVolume } from '../../rules/bootProof.ts';
import { CANCELLED, type Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { bootOnce } from './bootOnce.ts';
import { failImage, makeImageAvailable } from './rows.ts';

export const proveImage: Job<JobInputs['proveImage']> = {
  weight: 'guest',
  async resources({ imageId }, db) {
    const image = await db.selectFrom('images').select('accountId').where('id', '=', imageId).executeTakeFirst();
    // One at a time for an account: others need not wait for those that never come up.
    return [imageId, `bootProofs/${image?.accountId}`];
  },
  async run({ imageId }, context) {
    const { database, clock } = context;
    const image = await database.read
      .selectFrom('images')
      .selectAll()
      .where('id', '=', imageId)
      .where('deletedAt', 'is', null)
      .executeTakeFirst();
    if (!image) return async () => {};
    const startedAt = clock.now();
    await database.write((tx) => updateBootProof(tx, imageId, { status: 'booting', startedAt }));
    const outcome = await bootOnce(image, context);
    return async (tx) => {
      const status = outcome.reason === null ? 'proven' : 'failed';
      await updateBootProof(tx, imageId, { ...outcome, status, endedAt: clock.now() });
      await (status === 'proven' ? makeImageAvailable : failImage)(tx, imageId);
    };
  },
  async fail({ imageId }, { clock, enqueue }, tx, reason) {
    await updateBootProof(tx, imageId, { status: 'failed', reason: reason.message, endedAt: clock.now() });
    if (reason.code === CANCELLED) await removeCopy(tx, imageId, clock.now());
    await failImage(tx, imageId);
    const [instanceId, volumeIds] = [provingMachine(imageId), [provingVolume(imageId)]];
    await enqueue(tx, 'endMachine', { instanceId, diskIds: [], volumeIds });
    await enqueue(tx, 'deleteVolumes', { volumeIds });
  },
};

/** Cancelled while it is not Available yet, a copy leaves nothing. */
async function removeCopy(tx: Tx, imageId: string, now: number): Promise<void> {
  const copy = await tx
    .selectFrom('images')
    .select('id')
    .where('id', '=', imageId)
    .where('isCopied', '=', 1)
    .where('status', 'in', ['Waiting', 'Creating'])
    .executeTakeFirst();
  if (!copy) return;
  const disks = await tx.selectFrom('imageDisks').select('snapshotId').where('imageId', '=', imageId).execute();
  await removeImage(tx, imageId, now);
  await removeSnapshots(
    tx,
    disks.flatMap(({ snapshotId }) => snapshotId ?? []),
    now,
  );
}
