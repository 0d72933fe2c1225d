import type { Root, TransferOptions } from '../blocks/blocks.ts';

export type ImportFormat = 'raw' | 'qcow2';

export interface StoredDisk {
  root: Root;
  /** Virtual size, bytes. */
  sizeBytes: number;
  /** Bytes that this added to the store. */
  storedBytes: number;
}

/** Disks in and out of the block store as whole files; the byte work runs in threads of its own. */
export interface Transfers extends AsyncDisposable {
  /** Checks and sizes a file without reading its data. Throws WorldFault `ImageFileInvalid` with what is wrong. */
  probe(path: string, format: ImportFormat): Promise<{ sizeBytes: number }>;
  importFile(file: { path: string; format: ImportFormat }, options: TransferOptions): Promise<StoredDisk>;
  /** A sparse raw file, written aside and renamed into place once durable. */
  exportRaw(disk: { regionId: string; root: Root; sizeBytes: number }, path: string, options: Omit<TransferOptions, 'lease'>): Promise<void>;
}
