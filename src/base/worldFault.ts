/**
 * The world's fault: a full disk, a dead child, a damaged chunk. `code` is stable and machine-readable
 * (`DiskFull`, `ChunkDamaged`, `FormatTooNew` …), `retryable` says whether the same step may succeed later.
 */
export class WorldFault extends Error {
  override readonly name = 'WorldFault';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
