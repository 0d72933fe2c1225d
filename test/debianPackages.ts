import { existsSync } from 'node:fs';

/** What the tests run for real: the Debian package, and a program of it (of ovmf, which has none, its firmware). */
export const debianPackages: readonly { name: string; program: string }[] = [
  { name: 'qemu-utils', program: 'qemu-img' },
  { name: 'qemu-system-x86', program: 'qemu-system-x86_64' },
  { name: 'ovmf', program: 'OVMF_CODE_4M.fd' },
  { name: 'iproute2', program: 'ip' },
  { name: 'nftables', program: 'nft' },
  { name: 'dnsmasq-base', program: 'dnsmasq' },
  { name: 'ncat', program: 'ncat' },
  { name: 'busybox', program: 'busybox' },
  { name: 'procps', program: 'sysctl' },
  { name: 'qemu-guest-agent', program: 'qemu-ga' },
  { name: 'libnbd-bin', program: 'nbdcopy' },
  { name: 'nbdkit', program: 'nbdkit' },
  { name: 'fio', program: 'fio' },
  { name: 'mmdebstrap', program: 'mmdebstrap' },
  { name: 'packer', program: 'packer' },
  { name: 'docker-registry', program: 'docker-registry' },
  { name: 'skopeo', program: 'skopeo' },
  { name: 'rclone', program: 'rclone' },
  { name: 's3cmd', program: 's3cmd' },
  { name: 'e2fsprogs', program: 'mke2fs' },
  { name: 'openssh-client', program: 'ssh' },
  { name: 'xz-utils', program: 'xz' },
  { name: 'zstd', program: 'zstd' },
];

/** Names of the packages whose program is nowhere on the path. */
export function missingPackages(): string[] {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/share/OVMF'];
  return debianPackages
    .filter(({ program }) => !folders.some((folder) => existsSync(`${folder}/${program}`)))
    .map(({ name }) => name);
}
