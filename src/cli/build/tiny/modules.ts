import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CliFault } from '../../fault.ts';

/** What a guest needs of its machine: the bus, disks, the network card, randomness, the power button. */
const WANTED = [
  'virtio_pci',
  'virtio_blk',
  'sd_mod',
  'virtio_scsi',
  'ata_piix',
  'virtio_net',
  'virtio-rng',
  'button',
  'evdev',
];

export interface KernelModule {
  name: string;
  content: Buffer;
}

/** The wanted modules of the unpacked kernel and what they depend on, each after what it needs. */
export async function kernelModules(folder: string): Promise<KernelModule[]> {
  const paths = new Map<string, string>();
  for await (const path of glob('lib/modules/*/kernel/**/*.ko', { cwd: folder })) {
    paths.set(canonical(basename(path, '.ko')), join(folder, path));
  }
  const ordered = new Map<string, KernelModule>();
  async function take(name: string): Promise<void> {
    if (ordered.has(name)) return;
    const path = paths.get(name);
    if (path === undefined) throw new CliFault('BuildFailed', `The kernel has no module ${name}.`);
    const content = await readFile(path);
    for (const needed of dependencies(content)) await take(canonical(needed));
    ordered.set(name, { name: `${name}.ko`, content });
  }
  for (const name of WANTED) await take(canonical(name));
  return [...ordered.values()];
}

/** The kernel takes - and _ for the same. */
const canonical = (name: string): string => name.replaceAll('-', '_');

/** `depends=a,b` of the section .modinfo, texts that end with zero. */
function dependencies(content: Buffer): string[] {
  const at = content.indexOf('\0depends=');
  if (at < 0) return [];
  const start = at + '\0depends='.length;
  return content
    .toString('latin1', start, content.indexOf(0, start))
    .split(',')
    .filter((name) => name !== '');
}
