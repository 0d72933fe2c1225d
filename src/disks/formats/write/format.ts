/** A disk as a file that is made from its beginning to its end, once: what a bucket and a pipe can take. */
export type StreamFormat = 'raw.tar.gz' | 'qcow2' | 'vhd' | 'vmdk';

/** What a writer is told before any byte of the disk comes. */
export interface Layout {
  /** A multiple of 512. */
  sizeBytes: number;
  /** The chunks that are not wholly zero, rising. */
  data: Uint32Array;
  /** The file's name without its ending: `m-…_system`. */
  name: string;
  /** 16 bytes that name the content, for formats that want an identity. The same content makes the same file. */
  identity: Buffer;
}

/** Chunks that are encoded together, by one thread: 4 MiB of a disk, from a multiple of that on. */
export const WINDOW_CHUNKS = 16;

/** A window that has data, as the format wants it. */
export interface Piece {
  /** Position among the windows that have data. */
  number: number;
  window: number;
  bytes: Uint8Array;
  /** What the format notes of it besides (`EncodedWindow`). */
  notes: readonly number[];
}

/** What is written for one window. Lives until the next call. */
export interface EncodedWindow {
  bytes: Uint8Array;
  notes: readonly number[];
}

/** The thread's side: `read` answers a chunk's 256 KiB, zeros behind the disk's end; null where it is zero. */
export type Encode = (window: number, sizeBytes: number, read: (chunk: number) => Buffer | null) => EncodedWindow;

/** The other side: the whole file, of the pieces in their order. */
export type Write = (layout: Layout, pieces: AsyncIterable<Piece>) => AsyncGenerator<Uint8Array>;

/** The windows that have data, rising. */
export function windowsOf(data: Uint32Array): Uint32Array {
  const windows: number[] = [];
  for (const chunk of data) {
    const window = Math.floor(chunk / WINDOW_CHUNKS);
    if (windows.at(-1) !== window) windows.push(window);
  }
  return Uint32Array.from(windows);
}
