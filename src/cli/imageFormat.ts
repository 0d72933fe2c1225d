import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { CliFault, exitCodes } from './fault.ts';

const QCOW2 = 'QFI\xfb';

/** First bytes of what would be taken for a raw disk, and boot nowhere. */
const OTHERS: readonly (readonly [magic: string, name: string])[] = [
  ['KDMV', 'a VMDK disk'],
  ['# Disk DescriptorFile', 'a VMDK descriptor'],
  ['conectix', 'a VHD disk'],
  ['vhdxfile', 'a VHDX disk'],
  ['<<< ', 'a VDI disk'],
  ['\x1f\x8b', 'a gzip file'],
  ['\xfd7zXZ', 'an xz file'],
  ['\x28\xb5\x2f\xfd', 'a zstd file'],
];
const LONGEST_MAGIC = 32;

const PACKED = /\.(?:(?<format>raw|qcow2|vhdx?|vmdk|vdi)\.)?(?<packing>(?:tar\.)?(?:gz|zst|xz)|tar|tgz|txz)$/i;

/**
 * What a file says that it is, as `--format` takes it: `qcow2`, `raw.tar.gz`. Throws where `raw` would only be a guess against the evidence.
 * The service looks whether it is true.
 */
export function imageFormatOf(path: string): string {
  const start = firstBytes(path);
  if (start.startsWith(QCOW2)) return 'qcow2';
  const packed = PACKED.exec(path)?.groups;
  if (packed) return `${packed['format'] ?? 'raw'}.${packed['packing']}`.toLowerCase();
  const known = /\.(?<format>vmdk|vhdx?|vdi)$/i.exec(path)?.groups?.['format'];
  if (known !== undefined) return known.toLowerCase();
  const other = OTHERS.find(([magic]) => start.startsWith(magic))?.[1];
  const named = /\.(qcow2?)$/i.exec(path)?.[1];
  if (other === undefined && named === undefined) return 'raw';
  const what = other === undefined ? `named .${named}, but is none` : other;
  throw new CliFault('Usage', `${path} is ${what}.`, {
    exitCode: exitCodes.usage,
    hint: 'Say with --format what it is (vmdk, vhd, raw.gz …), or --format raw to take its bytes as the disk.',
  });
}

function firstBytes(path: string): string {
  try {
    // A pipe would be waited for; the service says what is wrong with it.
    if (!statSync(path).isFile()) return '';
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(LONGEST_MAGIC);
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new CliFault('FileUnreadable', `${path} can not be read: ${(cause as Error).message}`, { cause });
  }
}

/** What an image is exported as. */
export const FILE_FORMATS = ['raw', 'raw.tar.gz', 'qcow2', 'vhd', 'vhd-fixed', 'vmdk'];

/** The one that a file's name ends in; of no known ending: raw. */
export function formatNamed(path: string): string {
  if (/\.t?gz$/i.test(path)) return 'raw.tar.gz';
  return FILE_FORMATS.find((format) => path.toLowerCase().endsWith(`.${format}`)) ?? 'raw';
}
