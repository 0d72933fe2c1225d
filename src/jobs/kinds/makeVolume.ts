import type { DiskRow } from '../../records/tables/disks.ts';
import type { JobContext } from '../job.ts';
import { openKey, volumeOf } from './rows.ts';

/**
 * Makes a disk's volume; once it is there, doing it again changes nothing. What an encrypted disk begins from is encrypted under its own key: content
 * that is plain, or another key's, is stored anew first, and the row names that from then on.
 */
export async function makeVolume(disk: DiskRow, context: JobContext): Promise<void> {
  await context.volumes.create(volumeOf(await withOwnBase(disk, context)));
}

async function withOwnBase(disk: DiskRow, context: JobContext): Promise<DiskRow> {
  const { regionId, baseRoot, baseKmsKeyId, kmsKeyId } = disk;
  if (baseRoot === null || baseKmsKeyId === kmsKeyId) return disk;
  const { blocks, keys, database, signal } = context;
  const source = {
    regionId,
    root: baseRoot,
    sizeBytes: volumeOf(disk).sizeBytes,
    key: await openKey(keys, baseKmsKeyId),
  };
  const lease = await context.lease(regionId);
  const { root } = await blocks.copy(source, { lease, key: await openKey(keys, kmsKeyId), signal });
  const own = { baseRoot: root, baseKmsKeyId: kmsKeyId };
  await database.write((tx) => tx.updateTable('disks').set(own).where('id', '=', disk.id).execute());
  return { ...disk, ...own };
}
