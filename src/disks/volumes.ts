import type { Root, TransferOptions } from '../blocks/blocks.ts';
import type { StoredDisk } from './transfers.ts';

export interface VolumeSpec {
  volumeId: string;
  regionId: string;
  sizeBytes: number;
  /** What unwritten blocks read as: encrypted under `keyId` too. */
  baseRoot: Root;
  /** KMS key that the volume is encrypted under; null: none. */
  keyId: string | null;
}

/** Stored content to be served. */
export interface StoredExport {
  exportId: string;
  regionId: string;
  root: Root;
  sizeBytes: number;
  /** KMS key that it is encrypted under; null: none. */
  keyId: string | null;
}

/** What NBD clients open. */
export interface Export {
  /** `nbd+unix:///?socket=…` */
  uri: string;
  socketPath: string;
}

/** Live disks. Each open one is a process of its own; it outlives a crash of the service and is found again. */
export interface Volumes extends AsyncDisposable {
  /** Instant, whatever the size. Doing it again with the same spec changes nothing. */
  create(spec: VolumeSpec): Promise<void>;
  /** Grows; the new part reads as zero. Works while open. */
  resize(volumeId: string, sizeBytes: number): Promise<void>;
  /** Closes it and frees its bytes. Unknown ids are ignored. */
  remove(volumeId: string): Promise<void>;
  /**
   * Serves it read-write; one client at a time. `outlives`: its client, a machine, goes on when the service stops, and so does its process, to
   * be found at the next start.
   */
  open(volumeId: string, options?: { outlives: boolean }): Promise<Export>;
  /** Resolves when the process that has the volume open is gone, at once when there is none. */
  ended(volumeId: string): Promise<void>;
  /** Ends its clients and its process; what was flushed stays. */
  close(volumeId: string): Promise<void>;
  /**
   * Holds the present content under `freezeId` at once, for all the volumes at one moment; writes go on, copying first what they
   * overwrite. Repeating a freeze that holds already changes nothing.
   */
  freeze(volumeIds: readonly string[], freezeId: string): Promise<void>;
  /** Stores what `freezeId` holds, incrementally to the volume's newest committed freeze. Throws FreezeLost when the process died since. */
  store(volumeId: string, freezeId: string, options: TransferOptions): Promise<StoredDisk>;
  /** Ends a freeze. `committed` is the stored root once it is recorded, which the next one is incremental to; null: it failed. */
  thaw(volumeId: string, freezeId: string, committed: { root: Root } | null): Promise<void>;
  /** Serves stored content read-only to any number of clients. */
  openStored(disk: StoredExport): Promise<Export>;
  /** Holds every volume still while `work` runs: whoever writes to one waits. What lies in their folders is what a power cut would leave. */
  still<T>(work: () => Promise<T>): Promise<T>;
  /** Bytes that the volume itself occupies. */
  usage(volumeId: string): Promise<{ allocatedBytes: number; isOpen: boolean }>;
}
