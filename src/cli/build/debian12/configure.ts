import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const FILE_SYSTEM_ID = '0b9d1c5e-6a3f-4f0e-8d24-7e1a52c3b9ff';

/** By the name in the guest. Everything else is as Debian's packages left it. */
const FILES: Readonly<Record<string, string>> = {
  'etc/fstab': `UUID=${FILE_SYSTEM_ID} / ext4 defaults,errors=remount-ro 0 1\n`,
  'etc/hostname': 'debian\n',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n',
  // Made at the first boot.
  'etc/machine-id': '',
  'etc/resolv.conf': '',
  // As in the cloud's own images: the key pair is root's. This locale is there and need not be made at the first boot.
  'etc/cloud/cloud.cfg.d/80_image.cfg': 'disable_root: false\nlocale: C.UTF-8\n',
  // A password is root's as well; without one root is locked.
  'etc/ssh/sshd_config.d/50-root.conf': 'PermitRootLogin yes\n',
  // cloud-init makes host keys for each new instance; where there is no cloud, this does.
  'etc/systemd/system/ssh.service.d/hostKeys.conf':
    '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n',
  // For update-grub, after which the guest's own configuration stands in the place of the one below.
  'etc/default/grub.d/serial.cfg':
    'GRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\nGRUB_TERMINAL="console serial"\n',
  'boot/grub/grub.cfg': `serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
linux /vmlinuz root=UUID=${FILE_SYSTEM_ID} ro console=tty0 console=ttyS0,115200
initrd /initrd.img
boot
`,
};

/** Not for everybody who has the disk, or of the build alone. */
const REMOVED_FOLDERS = ['var/log', 'var/cache/apt', 'var/cache/ldconfig', 'tmp'];

export async function configure(root: string): Promise<void> {
  for (const [name, content] of Object.entries(FILES)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    // A link would lead out of the guest.
    await rm(path, { force: true });
    await writeFile(path, content);
  }
  for (const platform of ['i386-pc', 'x86_64-efi']) {
    await symlink(`/usr/lib/grub/${platform}`, join(root, 'boot/grub', platform));
  }
  const ssh = join(root, 'etc/ssh');
  for (const name of await readdir(ssh)) if (name.startsWith('ssh_host_')) await rm(join(ssh, name));
  for (const folder of REMOVED_FOLDERS) await emptyFiles(join(root, folder));
}

/** Its files go, its folders stay, with their owners. */
async function emptyFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await emptyFiles(path);
    else await rm(path);
  }
}
