/** What an NBD connection serves, with blocking calls. Ranges are inside of the device; faults become NBD error numbers (`errnoOf`). */
export interface Device {
  /** Present size; it may grow. */
  sizeBytes(): number;
  readonly isReadOnly: boolean;
  read(offset: number, length: number, into: Buffer, at: number): void;
  /** How the range begins where that lies in a file as it is, at the same offset; null: it does not. */
  inFile?(offset: number, length: number): { file: number; length: number } | null;
  /** Acknowledged when it returns, durable at the next flush. */
  write(offset: number, length: number, from: Buffer, at: number): void;
  /** Also what a trim does: whole blocks read as zero afterwards. */
  writeZeroes(offset: number, length: number): void;
  trim(offset: number, length: number): void;
  flush(): void;
  /** Runs of equal allocation from `offset`, at most `limit` of them, not necessarily as far as `length`; at least one. */
  extents(offset: number, length: number, limit: number): Extent[];
}

export interface Extent {
  length: number;
  isZero: boolean;
}

/** For devices that only read. The server asks nothing of these. */
export const readOnlyPart = {
  isReadOnly: true,
  write: refuse,
  writeZeroes: refuse,
  trim: refuse,
  flush: () => {},
} as const;

function refuse(): never {
  throw new Error('this device is read-only');
}
