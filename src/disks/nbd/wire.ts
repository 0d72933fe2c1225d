/**
 * Numbers of the NBD protocol, all big-endian on the wire.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */

/** "NBDMAGIC" "IHAVEOPT": what a server says first, with its handshake flags. */
export const GREETING_MAGIC = Buffer.from('NBDMAGICIHAVEOPT', 'latin1');
export const OPTION_MAGIC = Buffer.from('IHAVEOPT', 'latin1');
export const OPTION_REPLY_MAGIC = Buffer.from('0003e889045565a9', 'hex');
export const REQUEST_MAGIC = 0x25609513;
export const SIMPLE_REPLY_MAGIC = 0x67446698;
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

/** The same bits in the server's handshake flags and in the client's. */
export const HandshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const Option = {
  exportName: 1,
  abort: 2,
  list: 3,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const OptionReply = {
  ack: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  errorUnsupported: 0x80000001,
  errorPolicy: 0x80000002,
  errorInvalid: 0x80000003,
  errorUnknown: 0x80000006,
  errorShutdown: 0x80000007,
  errorTooBig: 0x80000009,
} as const;

export const Info = { export: 0, name: 1, blockSize: 3 } as const;

export const TransmissionFlag = {
  hasFlags: 1,
  readOnly: 1 << 1,
  sendFlush: 1 << 2,
  sendFua: 1 << 3,
  sendTrim: 1 << 5,
  sendWriteZeroes: 1 << 6,
  sendDf: 1 << 7,
  canMultiConn: 1 << 8,
  sendCache: 1 << 10,
  sendFastZero: 1 << 11,
} as const;

export const Command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  cache: 5,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const CommandFlag = { fua: 1, noHole: 2, df: 4, reqOne: 8, fastZero: 16 } as const;

export const ChunkType = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  error: 0x8001,
  errorOffset: 0x8002,
} as const;

export const CHUNK_DONE = 1;

/** Flags of an extent in the `base:allocation` context. */
export const Allocation = { data: 0, hole: 1, zero: 2 } as const;
export const ALLOCATION_CONTEXT = 'base:allocation';
/** The number that stands for it on a connection. */
export const CONTEXT_ID = 1;

export const Errno = {
  EPERM: 1,
  EIO: 5,
  ENOMEM: 12,
  EINVAL: 22,
  ENOSPC: 28,
  EOVERFLOW: 75,
  ENOTSUP: 95,
  ESHUTDOWN: 108,
} as const;

/** Magic, flags, type, cookie, offset, length. */
export const REQUEST_BYTES = 28;
export const SIMPLE_REPLY_BYTES = 16;
/** Magic, flags, type, cookie, length. */
export const CHUNK_HEADER_BYTES = 20;

/** Longest READ or WRITE: the protocol's own default, and what is announced. */
export const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;
/** Longest data of one handshake option: an export name (4096) and some queries. */
export const MAX_OPTION_BYTES = 64 * 1024;
/** A string of the protocol, an export name for one. */
export const MAX_NAME_BYTES = 4096;
export const MINIMUM_BLOCK_BYTES = 1;
export const PREFERRED_BLOCK_BYTES = 4096;

/** A fault that an NBD client is told by its number. */
export class DeviceFault extends Error {
  override readonly name = 'DeviceFault';
  readonly errno: number;

  constructor(errno: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.errno = errno;
  }
}

/** The number for whatever a device threw. */
export function errnoOf(fault: unknown): number {
  if (fault instanceof DeviceFault) return fault.errno;
  const code = (fault as { code?: unknown } | null)?.code;
  // EDQUOT and EFBIG: as the protocol advises.
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || code === 'DiskFull' ? Errno.ENOSPC : Errno.EIO;
}
