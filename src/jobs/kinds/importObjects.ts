import { WorldFault } from '../../base/worldFault.ts';
import type { StoredDisk } from '../../disks/transfers.ts';
import type { Db } from '../../records/database.ts';
import { removeImage } from '../../records/tables/images.ts';
import { findObject, partsOf } from '../../records/tables/objects.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import { CANCELLED, type Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { completeImage } from './completeImage.ts';
import { accomplishSnapshot, failImage, failSnapshots, GIB, startImage } from './rows.ts';
import { share } from './share.ts';

type Input = JobInputs['importObjects'];
type Disk = Input['disks'][number];

const MOST_GIB = 2048;

const snapshotsOf = (input: Input) => input.disks.map(({ snapshotId }) => snapshotId);

export const importObjects: Job<Input> = {
  weight: 'data',
  resources: ({ imageId }) => [imageId],
  progressOf: (input) => ({ imageId: input.imageId, snapshotIds: snapshotsOf(input) }),
  async run({ imageId, disks }, { database, transfers, clock, row, lease, progress, signal, objectPath, enqueue }) {
    await database.write((tx) => startImage(tx, imageId));
    const objects: { disk: Disk; sizeBytes: number; parts: string[] }[] = [];
    for (const disk of disks) {
      const { sizeBytes, contentId } = await unchanged(database.read, disk);
      const parts = await partsOf(database.read, contentId);
      objects.push({ disk, sizeBytes, parts: parts.map(({ blob }) => objectPath(blob)) });
    }
    const held = await lease(row.regionId);
    const shares = share(
      objects.map(({ sizeBytes }) => sizeBytes),
      progress,
    );
    const contents: { disk: Disk; content: StoredDisk; sizeGib: number }[] = [];
    for (const [index, { disk, parts }] of objects.entries()) {
      const { bucket, key, format, packing } = disk;
      const file = { path: `oss://${bucket}/${key}`, parts, format, packing };
      const options = { lease: held, key: null, signal, onProgress: shares[index]! };
      const content = await transfers.importFile(file, options).catch(async (error: unknown) => {
        // A file that is gone is that of an object which is gone, or another by now.
        if (error instanceof WorldFault && error.code === 'FileMissing') await unchanged(database.read, disk);
        throw officially(error);
      });
      contents.push({ disk, content, sizeGib: sizeOf(disk, content) });
    }
    return async (tx) => {
      for (const { disk, content, sizeGib } of contents) {
        await unchanged(tx, disk);
        await accomplishSnapshot(tx, disk.snapshotId, content, clock.now());
        const { snapshotId } = disk;
        await tx.updateTable('snapshots').set({ sourceDiskSizeGib: sizeGib }).where('id', '=', snapshotId).execute();
        await tx
          .updateTable('imageDisks')
          .set({ sizeGib })
          .where('imageId', '=', imageId)
          .where('snapshotId', '=', snapshotId)
          .execute();
      }
      await tx.updateTable('images').set({ sizeGib: contents[0]!.sizeGib }).where('id', '=', imageId).execute();
      await completeImage(tx, imageId, { enqueue });
    };
  },
  async fail(input, { clock }, tx, reason) {
    if (reason.code === CANCELLED) {
      await removeImage(tx, input.imageId, clock.now());
      await removeSnapshots(tx, snapshotsOf(input), clock.now());
    } else {
      await failImage(tx, input.imageId);
      await failSnapshots(tx, snapshotsOf(input));
    }
  },
};

/** The object as it was when the import was asked for. */
async function unchanged(db: Db, { bucket, key, etag }: Disk) {
  const object = await findObject(db, bucket, key);
  if (!object)
    throw new WorldFault('InvalidOSSObject.NotFound', `The object ${key} was deleted while it was imported.`);
  if (object.etag !== etag)
    throw new WorldFault('ImportImageFailed', `The object ${key} was replaced while it was imported.`);
  return object;
}

const OFFICIALLY: Readonly<Record<string, string>> = {
  ImageFileInvalid: 'InvalidImageFormat.Malformed',
  VhdSizeInvalid: 'InvalidVHDImage.IncorrectSize',
  FileMissing: 'ImportImageFailed',
};

/** What the task says of a file's fault, in the API's words. */
function officially(error: unknown): unknown {
  if (!(error instanceof WorldFault)) return error;
  const code = OFFICIALLY[error.code];
  return code === undefined ? error : new WorldFault(code, error.message, { cause: error });
}

/** As large as asked for, and never smaller than its content. */
function sizeOf({ sizeGib, key }: Disk, { sizeBytes }: StoredDisk): number {
  const needed = Math.ceil(sizeBytes / GIB);
  if (needed > MOST_GIB) throw new WorldFault('InvalidImageSize', `The disk in ${key} is larger than ${MOST_GIB} GiB.`);
  if (sizeGib === null) return needed;
  if (sizeGib >= needed) return sizeGib;
  throw new WorldFault('InvalidImageSize', `The disk in ${key} has ${needed} GiB: more than the ${sizeGib} asked for.`);
}
