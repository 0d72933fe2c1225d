import type { Tx } from '../../records/database.ts';
import { removeImage } from '../../records/tables/images.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import { CANCELLED, type Job, type JobContext } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { completeImage } from './completeImage.ts';
import { accomplishSnapshot, failImage, failSnapshots, GIB, openKey, startImage } from './rows.ts';
import { openSourceFile } from './sourceFile.ts';

type Input = JobInputs['importImage'];

export const importImage: Job<Input> = {
  weight: 'data',
  resources: ({ imageId }) => [imageId],
  progressOf: ({ imageId, snapshotId }) => ({ imageId, snapshotIds: [snapshotId] }),
  async run(input, context) {
    const { database, transfers, keys, clock, row, lease, signal } = context;
    const { imageId, snapshotId, format, packing, asToldRaw } = input;
    await database.write((tx) => startImage(tx, imageId));
    const snapshot = await database.read
      .selectFrom('snapshots')
      .select('kmsKeyId')
      .where('id', '=', snapshotId)
      .executeTakeFirst();
    const key = await openKey(keys, snapshot?.kmsKeyId ?? null);
    await using source = await openSourceFile(input, context);
    const { path, parts, onProgress } = source;
    const held = await lease(row.regionId);
    const content = await transfers.importFile(
      { path, parts, format, packing, asToldRaw },
      { lease: held, key, knowsStore: true, signal, onProgress },
    );
    return async (tx) => {
      const sizeGib = Math.ceil(content.sizeBytes / GIB);
      await accomplishSnapshot(tx, snapshotId, content, clock.now());
      await tx.updateTable('snapshots').set({ sourceDiskSizeGib: sizeGib }).where('id', '=', snapshotId).execute();
      await tx.updateTable('images').set({ sizeGib }).where('id', '=', imageId).execute();
      await tx
        .updateTable('imageDisks')
        .set({ sizeGib })
        .where('imageId', '=', imageId)
        .where('snapshotId', '=', snapshotId)
        .execute();
      await completeImage(tx, imageId, context);
      await dropFile(input, context, tx);
    };
  },
  async fail(input, context, tx, reason) {
    if (reason.code === CANCELLED || input.pull) {
      await removeImage(tx, input.imageId, context.clock.now());
      await removeSnapshots(tx, [input.snapshotId], context.clock.now());
    } else {
      await failImage(tx, input.imageId);
      await failSnapshots(tx, [input.snapshotId]);
    }
    await dropFile(input, context, tx);
  },
};

async function dropFile(input: Input, { enqueue }: JobContext, tx: Tx): Promise<void> {
  if (input.deleteFile) await enqueue(tx, 'deleteFiles', { paths: [input.path] });
}
