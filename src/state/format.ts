import { WorldFault } from '../base/worldFault.ts';

/** Every number of docs/state.md. */

export const STATE_VERSION = 1;
export const HEADER_BYTES = 16;
export const FRAME_HEAD_BYTES = 12;
/** Of a frame's payload. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** A frame of a volume's blocks: the chunk's number, flags, what its 64 blocks are. */
export const BLOCKS_HEAD_BYTES = 32;
export const FLAG_ZSTD = 1;

const MAGIC = Buffer.from('TJSTATE\0', 'latin1');

export const FRAME_KINDS = ['INFO', 'FILE', 'DATA', 'STOR', 'CHNK', 'VOLU', 'BLKS', 'DONE'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** What a state file says of itself, first of all. */
export interface StateInfo {
  /** The program that wrote it. */
  tongjing: string;
  savedAt: string;
  /** Of the data folder: `base/dataFormat.ts`. */
  dataFormat: number;
}

export interface FileFrame {
  /** `records.db`, `root.key`, `objects/<blob>`. */
  path: string;
  sizeBytes: number;
}

export interface StoreFrame {
  regionId: string;
}

export function encodeHeader(): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(STATE_VERSION, 8);
  return header;
}

export function checkHeader(header: Buffer): void {
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC))
    throw stateInvalid('it is no state file');
  checkVersion('The state file', header.readUInt32LE(8), STATE_VERSION);
}

export function checkVersion(what: string, version: number, known: number): void {
  if (version > known)
    throw new WorldFault(
      'FormatTooNew',
      `${what} has version ${version}, written by a newer version of Tongjing; this version knows ${known}`,
    );
}

export function stateInvalid(why: string): WorldFault {
  return new WorldFault('StateFileInvalid', `The state file can't be loaded: ${why}.`);
}
