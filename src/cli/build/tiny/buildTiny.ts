import { execFile } from 'node:child_process';
import { copyFile, glob, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { CliFault } from '../../fault.ts';
import { writeCpio, type Entry } from './cpio.ts';
import { programEntries } from './libraries.ts';
import { kernelModules } from './modules.ts';
import { unpackParts } from './packages.ts';

const run = promisify(execFile);
const MOST_MS = 60_000;

const SECTOR = 512;
/** Where the one partition begins, as everybody aligns it. */
const PARTITION_SECTOR = 2048;
const DISK_BYTES = 32 * 1024 ** 2;
/** Of the partition table: FAT16 that is addressed by LBA. */
const FAT16_LBA = 0x0e;
const BOOTABLE = 0x80;

const OPTIONS = 'console=tty0 console=ttyS0,115200 quiet panic=10';

/** By BIOS. */
const SYSLINUX = `SERIAL 0 115200
DEFAULT tiny
PROMPT 0
LABEL tiny
  KERNEL vmlinuz
  INITRD initrd.gz
  APPEND ${OPTIONS}
`;

/** By UEFI. */
const SYSTEMD_BOOT = `title tiny
linux /vmlinuz
initrd /initrd.gz
options ${OPTIONS}
`;
const SYSTEMD_BOOT_AT = 'usr/lib/systemd/boot/efi/systemd-bootx64.efi';

/**
 * Writes a raw disk that boots by itself, by BIOS and by UEFI: Debian's cloud kernel, busybox and dropbear, which move to the rest of the disk, where there is room,
 * and take host name, keys, password and user data from the metadata service. Needs no root, installs nothing.
 */
export async function buildTiny(output: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (process.arch !== 'x64') throw new CliFault('BuildFailed', 'The tiny disk is built on x86-64 alone.');
  const folder = await mkdtemp(join(tmpdir(), 'tongjing-tiny-'));
  try {
    await unpackParts(folder, env);
    const kernel = await onlyFile(folder, 'boot/vmlinuz-*');
    await writeFile(join(folder, 'initrd.gz'), gzipSync(writeCpio(await rootEntries(folder)), { level: 9 }));
    await writeFile(join(folder, 'syslinux.cfg'), SYSLINUX);
    await writeFile(join(folder, 'tiny.conf'), SYSTEMD_BOOT);
    await copyFile(kernel, join(folder, 'vmlinuz'));
    await writeDisk(folder, join(folder, 'disk.raw'), env);
    await copyFile(join(folder, 'disk.raw'), output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onlyFile(folder: string, pattern: string): Promise<string> {
  for await (const path of glob(pattern, { cwd: folder })) return join(folder, path);
  throw new CliFault('BuildFailed', `The packages hold no ${pattern}.`);
}

async function rootEntries(folder: string): Promise<Entry[]> {
  const modules = await kernelModules(folder);
  const folders = ['bin', 'dev', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'etc/dropbear', 'lib', 'lib/modules'];
  folders.push('lib/x86_64-linux-gnu', 'lib64', 'proc', 'root', 'sys', 'tmp');
  const own = (name: string): Promise<Buffer> => readFile(new URL(`./${name}`, import.meta.url));
  const busybox = await readFile(join(folder, 'bin/busybox'));
  return [
    ...folders.map((path) => ({ path, kind: 'folder' as const })),
    { path: 'bin/busybox', kind: 'file', content: busybox, isExecutable: true },
    ...(await applets(folder)).map((name) => ({ path: `bin/${name}`, kind: 'link' as const, target: 'busybox' })),
    ...(await programEntries(folder)),
    { path: 'init', kind: 'file', content: await own('init.sh'), isExecutable: true },
    { path: 'etc/inittab', kind: 'file', content: await own('inittab') },
    { path: 'etc/rc.sh', kind: 'file', content: await own('rc.sh'), isExecutable: true },
    ...words('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
    ...words('etc/group', 'root:x:0:\n'),
    ...words('etc/shadow', 'root:*:19000:0:99999:7:::\n'),
    ...words('etc/shells', '/bin/sh\n'),
    { path: 'etc/metadata.sh', kind: 'file', content: await own('metadata.sh'), isExecutable: true },
    { path: 'etc/acpi/PWRF/00000080', kind: 'file', content: await own('poweroff.sh'), isExecutable: true },
    { path: 'etc/dhcp.sh', kind: 'file', content: await own('dhcp.sh'), isExecutable: true },
    ...modules.map(({ name, content }) => ({ path: `lib/modules/${name}`, kind: 'file' as const, content })),
    {
      path: 'lib/modules/order',
      kind: 'file',
      content: Buffer.from(modules.map(({ name }) => `${name}\n`).join('')),
    },
  ];
}

/** Programs of that name come from elsewhere. */
const OWN = new Set(['busybox', 'mke2fs', 'resize2fs']);

const words = (path: string, text: string): Entry[] => [{ path, kind: 'file', content: Buffer.from(text) }];

/** The programs that busybox is. */
async function applets(folder: string): Promise<string[]> {
  const { stdout } = await run(join(folder, 'bin/busybox'), ['--list'], { timeout: MOST_MS });
  return stdout.split('\n').filter((name) => name !== '' && !OWN.has(name));
}

/** One FAT partition, filled without mounting it, with systemd-boot and syslinux in it, and the latter's boot sector before it. */
async function writeDisk(folder: string, disk: string, around: NodeJS.ProcessEnv): Promise<void> {
  const path = `${join(folder, 'usr/bin')}:${around['PATH'] ?? ''}`;
  // Reproducible: the time of files is the epoch.
  const env = { ...around, PATH: path, SOURCE_DATE_EPOCH: '0', MTOOLS_SKIP_CHECK: '1' };
  const tool = (program: string, options: readonly string[]) =>
    run(join(folder, program), [...options], { cwd: folder, env, timeout: MOST_MS });
  await writeFile(disk, '');
  await truncate(disk, DISK_BYTES);
  const sectors = DISK_BYTES / SECTOR - PARTITION_SECTOR;
  const start = String(PARTITION_SECTOR);
  const size = String((sectors * SECTOR) / 1024);
  await tool('sbin/mkfs.fat', ['-F', '16', '--offset', start, '-h', start, '-n', 'TINY', '--invariant', disk, size]);
  const inside = `${disk}@@${PARTITION_SECTOR * SECTOR}`;
  await tool('usr/bin/mcopy', ['-i', inside, 'vmlinuz', 'initrd.gz', 'syslinux.cfg', '::']);
  const folders = ['EFI', 'EFI/BOOT', 'loader', 'loader/entries'];
  await tool('usr/bin/mmd', ['-i', inside, ...folders.map((name) => `::/${name}`)]);
  await tool('usr/bin/mcopy', ['-i', inside, SYSTEMD_BOOT_AT, '::/EFI/BOOT/BOOTX64.EFI']);
  await tool('usr/bin/mcopy', ['-i', inside, 'tiny.conf', '::/loader/entries']);
  await tool('usr/bin/syslinux', ['--install', '--offset', String(PARTITION_SECTOR * SECTOR), disk]);
  const file = await open(disk, 'r+');
  try {
    await file.write(bootSector(await readFile(join(folder, 'usr/lib/syslinux/mbr/mbr.bin')), sectors), 0, SECTOR, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The master boot record: the loader, and a table of one partition that boots. */
function bootSector(loader: Buffer, sectors: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  loader.copy(sector);
  const entry = 446;
  sector[entry] = BOOTABLE;
  // Cylinders, heads and sectors: beyond what they can say, LBA is read.
  sector.fill(0xff, entry + 1, entry + 4);
  sector[entry + 4] = FAT16_LBA;
  sector.fill(0xff, entry + 5, entry + 8);
  sector.writeUInt32LE(PARTITION_SECTOR, entry + 8);
  sector.writeUInt32LE(sectors, entry + 12);
  sector.writeUInt16BE(0x55aa, SECTOR - 2);
  return sector;
}
