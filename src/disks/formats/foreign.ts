import { WorldFault } from '../../base/worldFault.ts';
import type { DiskFormat } from '../../rules/imageForms.ts';
import { runLimited, type Limits } from '../sandbox.ts';
import { checkDiskSize, imageFileInvalid, readSome, type ImageFile } from './source.ts';
import { checkVhdx } from './vhdx.ts';
import { checkVmdk } from './vmdk.ts';

/** Formats that qemu-img reads for us, once we have seen that nothing in the file names another one. */
export type ForeignFormat = Extract<DiskFormat, 'vmdk' | 'vdi' | 'vhdx'>;

export const isForeign = (format: DiskFormat): format is ForeignFormat => ['vmdk', 'vdi', 'vhdx'].includes(format);

const LIMITS: Limits = { memoryBytes: 2 ** 30, cpuSeconds: 4 * 3600, fileBytes: 64 * 2 ** 40 };
const INFO_TIMEOUT_MS = 30_000;
const CONVERT_TIMEOUT_MS = 6 * 3600_000;

/** Throws `ImageFileInvalid` where the file is not what it should be, or needs another file. */
export function checkForeign(file: ImageFile, format: ForeignFormat): void {
  const invalid = (why: string) =>
    imageFileInvalid(`${file.path} is not a ${format.toUpperCase()} image that can be read: ${why}`);
  if (format === 'vmdk') checkVmdk(file, invalid);
  else if (format === 'vdi') checkVdi(file, invalid);
  else checkVhdx(file, invalid);
}

/** 64 MiB of table; of 1 MiB each, as tools write them, 16 TiB. */
const MAX_VDI_BLOCKS = 16 * 1024 * 1024;
/** Entries from here on are not in the file. */
const VDI_ZERO = 0xfffffffe;

/** VirtualBox, `src/VBox/Storage/VDICore.h`; integers little-endian. */
function checkVdi(file: ImageFile, invalid: (why: string) => Error): void {
  const header = readSome(file, 0, 512);
  if (header.length < 512 || header.readUInt32LE(64) !== 0xbeda107f) throw invalid('it does not begin as one');
  const type = header.readUInt32LE(76);
  if (type !== 1 && type !== 2) throw invalid('it is a differencing disk: it lacks its parent');
  // Of the image that it is based on.
  if (header.subarray(424, 456).some((byte) => byte !== 0)) throw invalid('it lacks its parent');
  const [mapAt, dataAt] = [header.readUInt32LE(340), header.readUInt32LE(344)];
  const [blockBytes, blocks, used] = [header.readUInt32LE(376), header.readUInt32LE(384), header.readUInt32LE(388)];
  // qemu takes what is missing for zeros.
  if (Math.max(mapAt + blocks * 4, dataAt + used * blockBytes) > file.sizeBytes) throw invalid('it is cut short');
  if (blocks > MAX_VDI_BLOCKS) throw invalid('its block table is too large');
  const table = readSome(file, mapAt, blocks * 4);
  let present = 0;
  for (let entry = 0; entry < table.length; entry += 4) if (table.readUInt32LE(entry) < VDI_ZERO) present++;
  if (dataAt + present * blockBytes > file.sizeBytes) throw invalid('its table uses the same data twice');
}

/** The path is only a path, no other image is opened, whatever the file says. */
function argumentOf(path: string, format: ForeignFormat): string {
  const file = { driver: 'file', filename: path, locking: 'off' };
  return `json:${JSON.stringify({ driver: format, file, ...(format === 'vmdk' && { backing: null }) })}`;
}

export async function foreignSize(
  { path, name }: { path: string; name: string },
  format: ForeignFormat,
  signal: AbortSignal,
): Promise<number> {
  const argv = ['info', '--output=json', argumentOf(path, format)];
  const output = await qemuImg(argv, name, { signal, timeoutMs: INFO_TIMEOUT_MS });
  return checkDiskSize((JSON.parse(output) as { 'virtual-size': number })['virtual-size']);
}

/** To a sparse raw file. */
export async function convertForeign(
  { path, name }: { path: string; name: string },
  format: ForeignFormat,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['convert', '-O', 'raw', argumentOf(path, format), `file:${into}`];
  await qemuImg(argv, name, { signal, timeoutMs: CONVERT_TIMEOUT_MS });
}

async function qemuImg(
  argv: readonly string[],
  name: string,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<string> {
  try {
    return await runLimited('qemu-img', argv, { ...LIMITS, ...options });
  } catch (error) {
    // What it says may name files of ours: for the log.
    if (error instanceof WorldFault && error.code === 'ProgramFailed')
      throw imageFileInvalid(`${name} can not be read by qemu-img as what it is declared to be`, error);
    throw error;
  }
}
