import { CliFault } from '../../fault.ts';
import { unpackPackages } from '../packages.ts';

/** Depends on the kernel itself. */
const KERNEL = 'linux-image-cloud-amd64';
const PARTS = ['busybox-static', 'syslinux', 'syslinux-common', 'systemd-boot-efi', 'mtools', 'dosfstools'];
/** Programs of the guest that are not busybox's, and their libraries. */
const GUEST = ['dropbear-bin', 'e2fsprogs'];
const LIBRARIES = [
  'libblkid1',
  'libc6',
  'libcom-err2',
  'libcrypt1',
  'libext2fs2',
  'libgmp10',
  'libss2',
  'libtomcrypt1',
  'libtommath1',
  'libuuid1',
  'zlib1g',
];

/** What the disk is built of and with. */
export async function unpackParts(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const depends = (await unpackPackages(folder, env, [KERNEL, ...PARTS, ...GUEST, ...LIBRARIES])).get(KERNEL) ?? '';
  const kernel = /linux-image-[\w.+-]+-cloud-amd64/.exec(depends)?.[0];
  if (!kernel) throw new CliFault('BuildFailed', `The package ${KERNEL} names no kernel: ${depends.trim()}`);
  await unpackPackages(folder, env, [kernel]);
}
