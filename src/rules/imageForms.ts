/** What a disk file is, as its name or its user says. Declared once; nothing is guessed from bytes. */

export const DISK_FORMATS = ['raw', 'qcow2', 'vhd', 'vmdk', 'vdi', 'vhdx'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];

export const PACKINGS = ['tar.gz', 'tar.zst', 'tar.xz', 'tar', 'gz', 'zst', 'xz'] as const;
/** How the file is packed: compressed, and in a tar archive of its own or not. */
export type Packing = (typeof PACKINGS)[number];

export interface ImageForm {
  /** null: the name says how it is packed, but not what is inside. */
  format: DiskFormat | null;
  packing: Packing | null;
}

const OTHER_NAMES: Readonly<Record<string, string>> = { tgz: 'tar.gz', txz: 'tar.xz', img: 'raw' };

/** By the end of a name (`disk.qcow2`, `disk.raw.tar.gz`), or by that end alone (`raw.gz`); null: it says nothing. */
export function imageFormOf(name: string): ImageForm | null {
  const words = name.toLowerCase().split(/[./]/);
  const take = (known: readonly string[], length: number): string | null => {
    const said = words.slice(-length).map((word) => OTHER_NAMES[word] ?? word);
    const word = said.join('.');
    if (words.length < length || !known.includes(word)) return null;
    words.splice(-length);
    return word;
  };
  const packing = (take(PACKINGS, 2) ?? take(PACKINGS, 1)) as Packing | null;
  const format = take(DISK_FORMATS, 1) as DiskFormat | null;
  return packing === null && format === null ? null : { format, packing };
}
