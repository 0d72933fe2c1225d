import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliFault } from './fault.ts';
import type { Io } from './io.ts';

export interface Tool {
  program: string;
  /** Of Debian. */
  packageName: string;
  purpose: string;
  /** Not a program but a file, here. */
  folder?: string;
}

/** Nothing of this is needed by the service itself. */
export const tools: readonly Tool[] = [
  {
    program: 'qemu-img',
    packageName: 'qemu-utils',
    purpose: 'convert and compare disk images, boot what was exported',
  },
  { program: 'nbdcopy', packageName: 'libnbd-bin', purpose: 'read and write disks (tongjing disk nbd)' },
  { program: 'qemu-system-x86_64', packageName: 'qemu-system-x86', purpose: 'instances that boot' },
  {
    program: 'OVMF_CODE_4M.fd',
    packageName: 'ovmf',
    purpose: 'instances that boot by UEFI',
    folder: '/usr/share/OVMF',
  },
  { program: 'ip', packageName: 'iproute2', purpose: 'VPCs of instances that boot, as root' },
  { program: 'nft', packageName: 'nftables', purpose: 'VPCs of instances that boot, as root' },
  { program: 'dnsmasq', packageName: 'dnsmasq-base', purpose: 'VPCs of instances that boot, as root' },
  { program: 'sysctl', packageName: 'procps', purpose: 'VPCs of instances that boot, as root' },
  { program: 'ssh', packageName: 'openssh-client', purpose: 'log in to machines' },
  { program: 'mmdebstrap', packageName: 'mmdebstrap', purpose: 'build disks with Debian' },
  { program: 'mke2fs', packageName: 'e2fsprogs', purpose: 'build disks with Debian' },
  { program: 'nbdkit', packageName: 'nbdkit', purpose: 'tests and benchmarks' },
  { program: 'fio', packageName: 'fio', purpose: 'tests and benchmarks' },
  { program: 'restic', packageName: 'restic', purpose: 'benchmarks' },
];

/** Where it is; null when nowhere. */
export function findTool({ program, folder }: Tool, io: Pick<Io, 'env'>): string | null {
  if (folder === undefined) return findProgram(program, io);
  const path = join(folder, program);
  return existsSync(path) ? path : null;
}

/** Where a program is, on the path or where Debian puts those of the administrator; null when nowhere. */
export function findProgram(program: string, io: Pick<Io, 'env'>): string | null {
  const folders = [...(io.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there.
    }
  }
  return null;
}

export const installCommand = (missing: readonly Tool[], isRoot: boolean): string | null => {
  const packages = [...new Set(missing.map(({ packageName }) => packageName))];
  if (packages.length === 0) return null;
  return `${isRoot ? '' : 'sudo '}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
};

/** Throws ToolsMissing. `who`: `The demo`. */
export function requirePrograms(who: string, programs: readonly string[], io: Pick<Io, 'env'>): void {
  const missing = programs.filter((program) => findProgram(program, io) === null);
  if (missing.length === 0) return;
  const command = installCommand(
    tools.filter((tool) => missing.includes(tool.program)),
    process.getuid?.() === 0,
  );
  throw new CliFault(
    'ToolsMissing',
    `${who} runs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not there.`,
    {
      ...(command !== null && { hint: `Install: ${command}` }),
    },
  );
}
