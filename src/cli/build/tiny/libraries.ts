import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CliFault } from '../../fault.ts';
import type { Entry } from './cpio.ts';

/** Programs that are not busybox's, by where their packages put them. */
const PROGRAMS = ['usr/sbin/dropbear', 'usr/bin/dropbearkey', 'sbin/mke2fs', 'sbin/resize2fs'];
const LOADER = 'ld-linux-x86-64.so.2';
const LIBRARY_FOLDER = 'lib/x86_64-linux-gnu';

/** The programs, and every library that they need, found in the unpacked packages. */
export async function programEntries(folder: string): Promise<Entry[]> {
  const found = new Map<string, string>();
  for await (const path of glob('{lib,usr/lib}/x86_64-linux-gnu/**/*.so*', { cwd: folder })) {
    if (!found.has(basename(path))) found.set(basename(path), join(folder, path));
  }
  const entries: Entry[] = [];
  const taken = new Set<string>();
  async function takeNeeds(content: Buffer): Promise<void> {
    for (const name of needs(content)) {
      if (taken.has(name)) continue;
      taken.add(name);
      const path = found.get(name);
      if (path === undefined) throw new CliFault('BuildFailed', `The packages hold no library ${name}.`);
      const library = await readFile(path);
      const place = name === LOADER ? 'lib64' : LIBRARY_FOLDER;
      entries.push({ path: `${place}/${name}`, kind: 'file', content: library, isExecutable: true });
      await takeNeeds(library);
    }
  }
  for (const path of PROGRAMS) {
    const content = await readFile(join(folder, path));
    entries.push({ path: `bin/${basename(path)}`, kind: 'file', content, isExecutable: true });
    await takeNeeds(content);
  }
  return entries;
}

/** DT_NEEDED of the dynamic section of an ELF file of 64 bits. Source: elf(5). */
function needs(file: Buffer): string[] {
  const number = (at: number): number => Number(file.readBigUInt64LE(at));
  const heads = Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = number(32) + index * 56;
    return { type: file.readUInt32LE(at), offset: number(at + 8), address: number(at + 16), size: number(at + 32) };
  });
  const [LOAD, DYNAMIC] = [1, 2];
  const [NEEDED, STRINGS] = [1, 5];
  const dynamic = heads.find(({ type }) => type === DYNAMIC);
  if (!dynamic) return [];
  const entries = Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const at = dynamic.offset + index * 16;
    return { tag: number(at), value: number(at + 8) };
  });
  const address = entries.find(({ tag }) => tag === STRINGS)?.value ?? 0;
  const held = heads.find(
    (head) => head.type === LOAD && head.address <= address && address < head.address + head.size,
  );
  const strings = address - (held?.address ?? 0) + (held?.offset ?? 0);
  return entries
    .filter(({ tag }) => tag === NEEDED)
    .map(({ value }) => file.toString('latin1', strings + value, file.indexOf(0, strings + value)));
}
