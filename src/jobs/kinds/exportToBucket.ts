import { WorldFault } from '../../base/worldFault.ts';
import type { StoredContent } from '../../objects/writing.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { openKey } from './rows.ts';
import { share } from './share.ts';

/** Each disk becomes an object; all of them are there at once, or none. */
export const exportToBucket: Job<JobInputs['exportToBucket']> = {
  weight: 'data',
  resources: ({ disks }) => disks.map(({ snapshotId }) => `export-${snapshotId}`),
  async run({ bucket, format, disks }, { database, transfers, keys, row, writing, progress, signal }) {
    const found = await database.read
      .selectFrom('snapshots')
      .select(['id', 'regionId', 'root', 'sizeBytes', 'kmsKeyId'])
      .where(
        'id',
        'in',
        disks.map(({ snapshotId }) => snapshotId),
      )
      .where('status', '=', 'accomplished')
      .execute();
    const sources = disks.map(({ snapshotId, name }) => {
      const source = found.find(({ id }) => id === snapshotId);
      if (!source) throw new WorldFault('SnapshotDeleted', `Snapshot ${snapshotId} is gone.`);
      return { ...source, name };
    });
    const shares = share(
      sources.map(({ sizeBytes }) => sizeBytes),
      progress,
    );
    const objects = writing();
    const written: { key: string; stored: readonly StoredContent[] }[] = [];
    for (const [index, { regionId, root, sizeBytes, kmsKeyId, name }] of sources.entries()) {
      const disk = { regionId, root, sizeBytes, key: await openKey(keys, kmsKeyId) };
      const stream = transfers.exportStream(disk, { format, name }, { signal, onProgress: shares[index]! });
      written.push({ key: `${name}.${format}`, stored: await objects.store(stream) });
    }
    return async (tx) => {
      for (const { key, stored } of written) await objects.place(tx, { accountId: row.accountId, bucket, key }, stored);
    };
  },
  /** Nothing was placed, and what was stored goes with the attempt. */
  async fail() {},
};
