import { WorldFault } from '../../base/worldFault.ts';
import type { StoredSource } from '../../blocks/blocks.ts';
import { diskOfEntry } from '../../records/catalogue.ts';
import type { DiskRow } from '../../records/tables/disks.ts';
import type { JobContext } from '../job.ts';
import { openKey, volumeOf } from './rows.ts';

/**
 * Makes a disk's volume; once it is there, doing it again changes nothing. What an encrypted disk begins from is encrypted under its own key: content
 * that is plain, or another key's, is stored anew first, and the row names that from then on.
 */
export async function makeVolume(disk: DiskRow, context: JobContext): Promise<void> {
  await context.volumes.create(volumeOf(await (disk.baseIsAway ? withCatalogueBase : withOwnBase)(disk, context)));
}

/** A public image's disk is kept in one region, and brought to another when one is made of it there. */
async function withCatalogueBase(disk: DiskRow, context: JobContext): Promise<DiskRow> {
  const source = await diskOfEntry(context.database.read, disk.imageId ?? '');
  if (!source) throw new WorldFault('ImageDiskMissing', `The disk of image ${disk.imageId} is gone.`);
  return withBase(disk, { ...source, key: null }, context);
}

async function withOwnBase(disk: DiskRow, context: JobContext): Promise<DiskRow> {
  const { regionId, baseRoot, baseKmsKeyId, kmsKeyId } = disk;
  if (baseRoot === null || baseKmsKeyId === kmsKeyId) return disk;
  const key = await openKey(context.keys, baseKmsKeyId);
  return withBase(disk, { regionId, root: baseRoot, sizeBytes: volumeOf(disk).sizeBytes, key }, context);
}

async function withBase(disk: DiskRow, source: StoredSource, context: JobContext): Promise<DiskRow> {
  const { blocks, keys, database, signal } = context;
  const lease = await context.lease(disk.regionId);
  const { root } = await blocks.copy(source, { lease, key: await openKey(keys, disk.kmsKeyId), signal });
  const own = { baseRoot: root, baseKmsKeyId: disk.kmsKeyId, baseIsAway: 0 as const };
  await database.write((tx) => tx.updateTable('disks').set(own).where('id', '=', disk.id).execute());
  return { ...disk, ...own };
}
