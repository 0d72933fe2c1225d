import { updateDisk, type DiskBase, type DiskRow } from '../../../records/tables/disks.ts';
import type { Call } from '../../call.ts';

/** Gives a disk new content: a new volume over `baseRoot` at once in the rows, the old one freed when the new one is there. */
export async function renewContent(
  call: Call,
  disk: DiskRow,
  content: DiskBase & { lastRoot: string | null; startInstance: boolean },
): Promise<void> {
  const { volumeId, baseRoot, baseKmsKeyId, baseIsAway, lastRoot, regionId } = disk;
  const { startInstance, ...roots } = content;
  await updateDisk(call.db, disk.id, { status: 'ReIniting', volumeId: call.ids.text(20), ...roots });
  await call.enqueue(
    'reInitDisk',
    { diskId: disk.id, old: { volumeId, baseRoot, baseKmsKeyId, baseIsAway, lastRoot }, startInstance },
    { regionId, resourceId: disk.id },
  );
}
