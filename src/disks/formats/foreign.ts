import { WorldFault } from '../../base/worldFault.ts';
import type { DiskFormat } from '../../rules/imageForms.ts';
import { runLimited, type Limits } from '../sandbox.ts';
import { checkDiskSize, imageFileInvalid, type ImageFile } from './source.ts';

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
  else if (read(file, 0, 8).toString('latin1') !== 'vhdxfile') throw invalid('it does not begin as one');
}

function read(file: ImageFile, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, file.read(bytes, at));
}

/** Where qemu looks for a descriptor, whatever the header says. */
const DESCRIPTOR_AT = 512;
const MAX_DESCRIPTOR_BYTES = 64 * 1024;

/** "Virtual Disk Format 5.0", VMware, 2011. Only a file that holds all of its disk: its descriptor may name others, anywhere. */
function checkVmdk(file: ImageFile, invalid: (why: string) => Error): void {
  const header = read(file, 0, 512);
  if (header.length < 512 || header.toString('latin1', 0, 4) !== 'KDMV')
    throw invalid('it is no sparse extent with its own descriptor (monolithicSparse or streamOptimized)');
  if (header.readBigUInt64LE(12) === 0n) throw invalid('it holds no disk of its own');
  const sectors = [header.readBigUInt64LE(28), header.readBigUInt64LE(36)] as const;
  const isSane = sectors[0] < 2n ** 40n && sectors[1] * 512n <= BigInt(MAX_DESCRIPTOR_BYTES);
  if (!isSane) throw invalid('its descriptor has an impossible size');
  const places = [DESCRIPTOR_AT, Number(sectors[0]) * 512].filter((at) => at > 0);
  const descriptors = places.map((at) => read(file, at, MAX_DESCRIPTOR_BYTES).toString('latin1'));
  for (const text of descriptors) {
    if (/parentFileNameHint/i.test(text)) throw invalid('it lacks its parent');
    const parents = text.matchAll(/parentCID\s*=\s*(?<id>\w+)/gi);
    if ([...parents].some(({ groups }) => !/^f{8}$/i.test(groups!['id']!))) throw invalid('it lacks its parent');
  }
  const told = descriptors.at(-1)!.split('\0')[0]!;
  const type = /^createType\s*=\s*"(?<type>[^"]*)"/m.exec(told)?.groups?.['type'] ?? '';
  if (!['monolithicSparse', 'streamOptimized'].includes(type)) throw invalid(`its type "${type}" needs other files`);
  const extents = [...told.matchAll(/^(?:RW|RDONLY|NOACCESS)\s+\d+\s+(?<type>\w+)/gm)];
  if (extents.length !== 1 || extents[0]!.groups!['type'] !== 'SPARSE') throw invalid('its data is in other files');
}

/** VirtualBox, `src/VBox/Storage/VDICore.h`; integers little-endian. */
function checkVdi(file: ImageFile, invalid: (why: string) => Error): void {
  const header = read(file, 0, 512);
  if (header.length < 512 || header.readUInt32LE(64) !== 0xbeda107f) throw invalid('it does not begin as one');
  const type = header.readUInt32LE(76);
  if (type !== 1 && type !== 2) throw invalid('it is a differencing disk: it lacks its parent');
  // Of the image that it is based on.
  if (header.subarray(424, 456).some((byte) => byte !== 0)) throw invalid('it lacks its parent');
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
