import { ApiError } from '../../contract/errors.ts';
import type { Export } from '../../disks/volumes.ts';
import type { SnapshotRow } from '../../records/tables/snapshots.ts';
import { textIn, type Core, type Route } from './parts.ts';

/** `{id}`: a URI that any NBD client opens. Disks are writable; snapshots and images (their system disk) are not. */
export const openNbd: Route['run'] = async ({ body }, parts) => {
  const id = textIn(body, 'id');
  const core = parts.core();
  const served = id.startsWith('d-') ? await openDisk(core, id) : await openSnapshot(core, id);
  return { json: { id, uri: served.uri } };
};

async function openDisk({ database, volumes }: Core, id: string): Promise<Export> {
  const disk = await database.read.selectFrom('disks').selectAll().where('id', '=', id).executeTakeFirst();
  if (!disk) throw notFound(id);
  if (disk.status !== 'Available' && disk.status !== 'In_use') throw notReady(id, disk.status);
  return volumes.open(disk.volumeId);
}

async function openSnapshot(core: Core, id: string): Promise<Export> {
  const snapshot = await findSnapshot(core, id);
  if (!snapshot) throw notFound(id);
  if (snapshot.status !== 'accomplished') throw notReady(id, snapshot.status);
  const { regionId, root, sizeBytes, kmsKeyId } = snapshot;
  return core.volumes.openStored({ exportId: snapshot.id, regionId, root, sizeBytes, keyId: kmsKeyId });
}

/** The snapshot itself, or that of an image's system disk. */
async function findSnapshot({ database }: Core, id: string): Promise<SnapshotRow | undefined> {
  const snapshots = database.read.selectFrom('snapshots').selectAll('snapshots');
  if (id.startsWith('s-')) return snapshots.where('id', '=', id).executeTakeFirst();
  return snapshots
    .innerJoin('imageDisks', 'imageDisks.snapshotId', 'snapshots.id')
    .innerJoin('images', 'images.id', 'imageDisks.imageId')
    .where('images.id', '=', id)
    .where('images.deletedAt', 'is', null)
    .where('imageDisks.type', '=', 'system')
    .executeTakeFirst();
}

const notFound = (id: string) => new ApiError(404, 'NotFound', `There is no disk, snapshot or image ${id}.`);
const notReady = (id: string, status: string) => new ApiError(409, 'NotReady', `${id} is ${status}.`);
