import { imageFileInvalid, SECTOR_BYTES, type ImageFile } from './source.ts';

interface Mark {
  /** What a file that carries it is taken for. */
  format: string;
  bytes: string;
  /** From the file's start, or before its end (negative). */
  at: number;
}

/** What programs know formats by. A file with marks of two is one thing to us and another to somebody else. */
const MARKS: readonly Mark[] = [
  { format: 'qcow2', bytes: 'QFI\xfb', at: 0 },
  { format: 'vhd', bytes: 'conectix', at: 0 },
  { format: 'vhd', bytes: 'conectix', at: -512 },
  // Virtual PC before 2004 wrote a footer of 511 bytes.
  { format: 'vhd', bytes: 'conectix', at: -511 },
  { format: 'vmdk', bytes: 'KDMV', at: 0 },
  { format: 'vmdk', bytes: 'COWD', at: 0 },
  { format: 'vmdk', bytes: '# Disk DescriptorFile', at: 0 },
  { format: 'vhdx', bytes: 'vhdxfile', at: 0 },
  { format: 'vdi', bytes: '\x7f\x10\xda\xbe', at: 64 },
  { format: 'qed', bytes: 'QED\0', at: 0 },
  { format: 'parallels', bytes: 'WithoutFreeSpace', at: 0 },
  { format: 'parallels', bytes: 'WithouFreSpacExt', at: 0 },
  { format: 'dmg', bytes: 'koly', at: -512 },
  { format: 'gzip', bytes: '\x1f\x8b\x08', at: 0 },
  { format: 'xz', bytes: '\xfd7zXZ\0', at: 0 },
  { format: 'zstd', bytes: '\x28\xb5\x2f\xfd', at: 0 },
  { format: 'bzip2', bytes: 'BZh', at: 0 },
  { format: 'zip', bytes: 'PK\x03\x04', at: 0 },
  { format: 'tar', bytes: 'ustar', at: 257 },
];

/** All marks lie in so many first and last bytes. */
export const MARKED_BYTES = SECTOR_BYTES;

/** The formats whose marks are in a file's first and last bytes (up to 512 of each). */
export function marksIn(head: Buffer, tail: Buffer): string[] {
  const found = MARKS.filter(({ bytes, at }) => {
    const part = at < 0 ? tail : head;
    const start = at < 0 ? tail.length + at : at;
    return start >= 0 && part.toString('latin1', start, start + bytes.length) === bytes;
  });
  return [...new Set(found.map(({ format }) => format))];
}

export function endsOf(file: ImageFile): { head: Buffer; tail: Buffer } {
  const bytes = Math.min(MARKED_BYTES, file.sizeBytes);
  const head = Buffer.alloc(bytes);
  const tail = Buffer.alloc(bytes);
  file.read(head, 0);
  file.read(tail, file.sizeBytes - bytes);
  return { head, tail };
}

/** Refuses a file that carries the mark of a format other than its declared one. `what` names the file. */
export function refuseMarks(what: string, declared: string, head: Buffer, tail: Buffer): void {
  const other = marksIn(head, tail).find((format) => format !== declared);
  if (other === undefined) return;
  throw imageFileInvalid(`${what} is declared as ${declared}, and carries the mark of ${other}`);
}

/** The ends of a disk that comes piece by piece, ascending, zero between the pieces. */
export function createEnds(): {
  take(at: number, bytes: Buffer): void;
  of(sizeBytes: number): { head: Buffer; tail: Buffer };
} {
  const head = Buffer.alloc(MARKED_BYTES);
  let tail = Buffer.alloc(MARKED_BYTES);
  /** Where `tail` ends. */
  let end = 0;
  const append = (bytes: Buffer) => void (tail = Buffer.concat([tail, bytes]).subarray(-MARKED_BYTES));
  const skipTo = (at: number) => append(Buffer.alloc(Math.min(at - end, MARKED_BYTES)));
  return {
    take(at, bytes) {
      if (at < MARKED_BYTES) bytes.copy(head, at);
      skipTo(at);
      append(bytes.subarray(-MARKED_BYTES));
      end = at + bytes.length;
    },
    of(sizeBytes) {
      skipTo(sizeBytes);
      end = sizeBytes;
      const length = Math.min(sizeBytes, MARKED_BYTES);
      return { head: head.subarray(0, length), tail: tail.subarray(MARKED_BYTES - length) };
    },
  };
}
