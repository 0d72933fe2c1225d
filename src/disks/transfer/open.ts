import { checkForeign, isForeign } from '../formats/foreign.ts';
import { endsOf, refuseMarks } from '../formats/marks.ts';
import { openQcow2 } from '../formats/qcow2.ts';
import { openRaw } from '../formats/raw.ts';
import {
  imageFileInvalid,
  openedWith,
  openImageFile,
  type DiskFile,
  type DiskSource,
  type ImageFile,
  type TabledSource,
} from '../formats/source.ts';
import { openVhd } from '../formats/vhd.ts';

/** What reads the file as it was declared, unpacked already. `data`: as `openRaw` takes it. */
export function openSource(disk: DiskFile, data: Float64Array | null = null): DiskSource {
  return openedWith(openImageFile(disk), (file) => sourceOf(file, disk, data));
}

/**
 * Looks at all that a file says of itself before its data: that it is what it was declared to be and nothing else besides, and that its tables
 * are sound. Memory and time are bounded by the formats' own limits. The size of one that is to be converted is its file's own.
 */
export function inspect(disk: DiskFile): { sizeBytes: number } {
  return inspectFile(openImageFile(disk), disk);
}

/** As `inspect`, of a file that is open, and is closed then. */
export function inspectFile(file: ImageFile, disk: DiskFile): { sizeBytes: number } {
  try {
    if (disk.format !== 'raw' || !disk.asToldRaw) {
      const { head, tail } = endsOf(file);
      refuseMarks(file.path, disk.format, head, tail);
    }
    if (isForeign(disk.format)) {
      checkForeign(file, disk.format);
      return { sizeBytes: file.sizeBytes };
    }
    const source = sourceOf(file, disk, null);
    if ('checkTables' in source) source.checkTables();
    return { sizeBytes: source.sizeBytes };
  } finally {
    file.close();
  }
}

function sourceOf(file: ImageFile, { format }: DiskFile, data: Float64Array | null): DiskSource | TabledSource {
  if (format === 'raw') return openRaw(file, data);
  if (format === 'qcow2') return openQcow2(file);
  if (format === 'vhd') return openVhd(file);
  throw imageFileInvalid(`${file.path} is to be converted first`);
}
