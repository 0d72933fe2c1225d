import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CliFault } from '../../fault.ts';
import { requirePrograms } from '../../tools.ts';
import { bootstrap } from '../bootstrap.ts';
import { unpackPackages } from '../packages.ts';
import { configure, FILE_SYSTEM_ID } from './configure.ts';
import { partitionTable, SECTOR, type Partition } from './partitions.ts';

const run = promisify(execFile);
const MOST_MS = 5 * 60_000;

const MIB = 1024 ** 2;
const DISK_BYTES = 2048 * MIB;
const DISK_ID = '0b9d1c5e-6a3f-4f0e-8d24-7e1a52c3b901';
const EPOCH = '1700000000';

const PACKAGES = [
  'linux-image-cloud-amd64',
  'cloud-init',
  'cloud-guest-utils',
  // The power button is logind's, which takes these.
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'qemu-guest-agent',
  'grub2-common',
  'grub-pc-bin',
  'grub-efi-amd64-bin',
  'sudo',
  'zstd',
];
/** A guest of a lab is not read at its own screen. */
const LEFT_OUT = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*'];

const mib = (partition: Omit<Partition, 'firstSector' | 'lastSector'>, from: number, to: number): Partition => ({
  ...partition,
  firstSector: (from * MIB) / SECTOR,
  lastSector: (to * MIB) / SECTOR - 1,
});
/** The root is the last: it grows into whatever comes behind it. */
const BIOS_BOOT = mib({ type: 'biosBoot', name: 'bios', id: '0b9d1c5e-6a3f-4f0e-8d24-7e1a52c3b911' }, 1, 2);
const EFI_SYSTEM = mib({ type: 'efiSystem', name: 'efi', id: '0b9d1c5e-6a3f-4f0e-8d24-7e1a52c3b912' }, 2, 18);
const ROOT = mib({ type: 'linux', name: 'root', id: '0b9d1c5e-6a3f-4f0e-8d24-7e1a52c3b913' }, 18, DISK_BYTES / MIB - 1);
const PARTITIONS = [BIOS_BOOT, EFI_SYSTEM, ROOT];
/** Of the disk that the loader came from. */
const GRUB_FOLDER = `(,gpt${PARTITIONS.indexOf(ROOT) + 1})/boot/grub`;

/**
 * Writes a raw disk of 2 GiB with Debian 12 that boots by itself, by BIOS and by UEFI, and is set up by cloud-init: with the metadata of the
 * machine that it finds itself in. Debian's packages as they are; nothing is mounted. Needs root. The file is sparse, and appears whole or not at all.
 */
export async function buildDebian12(
  output: string,
  env: NodeJS.ProcessEnv,
  onPhase: (phase: string) => void,
): Promise<void> {
  if (process.arch !== 'x64') throw new CliFault('BuildFailed', 'The Debian disk is built on x86-64 alone.');
  requirePrograms('The build', ['mmdebstrap', 'mke2fs', 'apt-get', 'dpkg-deb'], { env });
  if (process.getuid?.() !== 0) throw new CliFault('NeedsRoot', 'Building a Debian disk needs root.');
  const work = await mkdtemp(join(tmpdir(), 'tongjing-debian12-'));
  const partial = join(dirname(output), `.${process.pid}.partial`);
  try {
    const root = join(work, 'root');
    // A disk that was cut off is not kept: nothing needs to be synced before the end.
    const settings = [
      'force-unsafe-io',
      ...LEFT_OUT.map((path) => `path-exclude=${path}`),
      // Without it no locale can be made.
      'path-include=/usr/share/locale/locale.alias',
    ];
    await bootstrap(root, PACKAGES, { onPhase, options: settings.map((setting) => `--dpkgopt=${setting}`) });
    await configure(root);
    onPhase('writing the disk');
    await unpackPackages(work, env, ['mtools', 'dosfstools']);
    await writeDisk(root, work, partial, env);
    await rename(partial, output);
  } finally {
    await rm(partial, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

async function writeDisk(root: string, work: string, disk: string, around: NodeJS.ProcessEnv): Promise<void> {
  // Reproducible: the time of what is made here stands still.
  const env = {
    ...around,
    PATH: `${join(work, 'usr/bin')}:${around['PATH'] ?? ''}:/usr/sbin:/sbin`,
    SOURCE_DATE_EPOCH: EPOCH,
    E2FSPROGS_FAKE_TIME: EPOCH,
    MTOOLS_SKIP_CHECK: '1',
  };
  const tool = (program: string, options: readonly string[]) =>
    run(program, [...options], { cwd: work, env, timeout: MOST_MS });
  // With the guest's own GRUB. What is not in it, it finds in the guest.
  const grub = (format: string, ...modules: string[]) => {
    const made = `/tmp/${format}`;
    const options = ['-O', format, '-o', made, '-p', GRUB_FOLDER, 'part_gpt', 'ext2', 'normal', ...modules];
    return tool('chroot', [root, 'grub-mkimage', ...options]);
  };
  await grub('i386-pc', 'biosdisk');
  await grub('x86_64-efi');
  const [bios, efi] = [join(root, 'tmp/i386-pc'), join(work, 'bootx64.efi')];
  await copyFile(join(root, 'tmp/x86_64-efi'), efi);
  const loaders = pointLoaders(await readFile(join(root, 'usr/lib/grub/i386-pc/boot.img')), await readFile(bios));
  for (const name of ['i386-pc', 'x86_64-efi']) await rm(join(root, 'tmp', name));

  await writeFile(disk, '');
  await truncate(disk, DISK_BYTES);
  const label = ['-L', 'root', '-U', FILE_SYSTEM_ID, '-E', `hash_seed=${FILE_SYSTEM_ID},offset=${startOf(ROOT)}`];
  // GRUB 2.06 reads no file system that has its checksums' seed apart.
  const fileSystem = ['-q', '-F', '-t', 'ext4', '-O', '^metadata_csum_seed', ...label, '-d', root];
  await tool('mke2fs', [...fileSystem, disk, `${sizeOf(ROOT) / 1024}k`]);
  const place = ['--offset', String(EFI_SYSTEM.firstSector), '-h', String(EFI_SYSTEM.firstSector)];
  const fat = ['-F', '16', ...place, '-n', 'EFI', '--invariant', disk, String(sizeOf(EFI_SYSTEM) / 1024)];
  await tool(join(work, 'sbin/mkfs.fat'), fat);
  const inside = `${disk}@@${startOf(EFI_SYSTEM)}`;
  await tool('mmd', ['-i', inside, '::/EFI', '::/EFI/BOOT']);
  await tool('mcopy', ['-i', inside, efi, '::/EFI/BOOT/BOOTX64.EFI']);
  await writeAround(disk, loaders);
}

const startOf = ({ firstSector }: Partition): number => firstSector * SECTOR;
const sizeOf = ({ firstSector, lastSector }: Partition): number => (lastSector - firstSector + 1) * SECTOR;

/**
 * GRUB's first sector, which says where the rest stands, and that rest, whose first sector says where its second stands. Offsets: GRUB's
 * include/grub/i386/pc/boot.h.
 */
function pointLoaders(first: Buffer, rest: Buffer): { first: Buffer; rest: Buffer } {
  if (rest.length > sizeOf(BIOS_BOOT)) throw new CliFault('BuildFailed', 'GRUB does not fit in its partition.');
  const [REST_AT, SECOND_AT] = [0x5c, SECTOR - 12];
  first.writeBigUInt64LE(BigInt(BIOS_BOOT.firstSector), REST_AT);
  rest.writeBigUInt64LE(BigInt(BIOS_BOOT.firstSector + 1), SECOND_AT);
  return { first, rest };
}

async function writeAround(disk: string, { first, rest }: { first: Buffer; rest: Buffer }): Promise<void> {
  const { front, back } = partitionTable(DISK_ID, DISK_BYTES, PARTITIONS, first);
  const file = await open(disk, 'r+');
  try {
    await file.write(front, 0, front.length, 0);
    await file.write(rest, 0, rest.length, startOf(BIOS_BOOT));
    await file.write(back, 0, back.length, DISK_BYTES - back.length);
    await file.sync();
  } finally {
    await file.close();
  }
}
