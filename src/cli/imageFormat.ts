import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { CliFault, exitCodes } from './fault.ts';

/** First bytes of what would be taken for a raw disk, and boot nowhere. */
const MAGICS: readonly (readonly [magic: string, name: string, format: string])[] = [
  ['QFI\xfb', 'a qcow2 disk', 'qcow2'],
  ['KDMV', 'a VMDK disk', 'vmdk'],
  ['# Disk DescriptorFile', 'a VMDK descriptor', 'vmdk'],
  ['conectix', 'a VHD disk', 'vhd'],
  ['vhdxfile', 'a VHDX disk', 'vhdx'],
  ['<<< ', 'a VDI disk', 'vdi'],
  ['\x1f\x8b', 'a gzip file', 'raw.gz'],
  ['\xfd7zXZ', 'an xz file', 'raw.xz'],
  ['\x28\xb5\x2f\xfd', 'a zstd file', 'raw.zst'],
];
const LONGEST_MAGIC = 32;

const PACKED = /\.(?:(?<format>raw|img|qcow2|vhdx?|vmdk|vdi)\.)?(?<packing>(?:tar\.)?(?:gz|zst|xz)|tar|tgz|txz)$/i;
const PLAIN = /\.(?<format>raw|qcow2|vhdx?|vmdk|vdi)$/i;

/**
 * What a file is, as `--format` takes it (`qcow2`, `raw.tar.gz`): what it was `declared` to be, else what the end of its name says; where that says nothing (or
 * `.img`), qcow2 when it begins as one, else raw. Throws where raw is not what the first bytes say. The service looks whether it is true.
 */
export function imageFormatOf(path: string, declared?: string): string {
  const start = firstBytes(path);
  const said = declared ?? formatSaid(path);
  if (said !== null && said !== 'raw') return said;
  const [, what, format] = MAGICS.find(([magic]) => start.startsWith(magic)) ?? [];
  if (what === undefined) return 'raw';
  if (said === null && format === 'qcow2') return format;
  throw new CliFault('Usage', `${path} is ${what}.`, {
    exitCode: exitCodes.usage,
    hint: `Say so: --format ${format}; or --force-raw, if these very bytes are the disk.`,
  });
}

function formatSaid(path: string): string | null {
  const packed = PACKED.exec(path)?.groups;
  if (packed) return `${packed['format']?.replace(/img/i, 'raw') ?? 'raw'}.${packed['packing']}`.toLowerCase();
  return PLAIN.exec(path)?.groups?.['format']!.toLowerCase() ?? null;
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

/** The one that a file's name ends in. */
export function formatNamed(path: string): string {
  const name = path.toLowerCase();
  if (/\.(?:tar\.gz|tgz)$/.test(name)) return 'raw.tar.gz';
  if (name.endsWith('.img')) return 'raw';
  const named = FILE_FORMATS.find((format) => name.endsWith(`.${format}`));
  if (named !== undefined) return named;
  throw new CliFault('Usage', `The name ${basename(path)} does not say as what to write the disk.`, {
    exitCode: exitCodes.usage,
    hint: `Name it .raw, .img, .raw.tar.gz, .qcow2, .vhd or .vmdk, or say --format ${FILE_FORMATS.join(', ')}.`,
  });
}
