/** A file, link or folder of an initramfs. Folders come before what is in them. */
export type Entry =
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'link'; target: string }
  | { path: string; kind: 'file'; content: Buffer; isExecutable?: boolean };

const TYPES = { folder: 0o040755, link: 0o120777, file: 0o100644, program: 0o100755 };

/** An archive of the form `newc`, owned by root. Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux. */
export function writeCpio(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, entry] of entries.entries())
    parts.push(...member(entry.path, modeOf(entry), contentOf(entry), index + 1));
  parts.push(...member('TRAILER!!!', 0, Buffer.alloc(0), 0));
  return Buffer.concat(parts);
}

function modeOf(entry: Entry): number {
  return entry.kind === 'file' && entry.isExecutable ? TYPES.program : TYPES[entry.kind];
}

function contentOf(entry: Entry): Buffer {
  if (entry.kind === 'folder') return Buffer.alloc(0);
  return entry.kind === 'link' ? Buffer.from(entry.target) : entry.content;
}

function member(path: string, mode: number, content: Buffer, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [head, name, padding(head.length + name.length), content, padding(content.length)];
}

/** Up to a multiple of four. */
const padding = (length: number): Buffer => Buffer.alloc(-length & 3);
