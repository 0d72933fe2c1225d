import { readSync, writeSync } from 'node:fs';
import type { Device } from './device.ts';
import type { Agreement } from './handshake.ts';
import {
  Allocation,
  CHUNK_DONE,
  CHUNK_HEADER_BYTES,
  CONTEXT_ID,
  ChunkType,
  Command,
  CommandFlag,
  Errno,
  MAX_PAYLOAD_BYTES,
  REQUEST_BYTES,
  REQUEST_MAGIC,
  SIMPLE_REPLY_BYTES,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
  TransmissionFlag,
  errnoOf,
} from './wire.ts';

/** One read takes as many requests as have arrived. */
const INPUT_BYTES = 1024 * 1024;
/** Replies that wait to be sent together, and the data of all but the longest reads. */
const OUTPUT_BYTES = 2 * 1024 * 1024;
/** Sent as soon as this much waits: the client works on it meanwhile. */
const SEND_AT_BYTES = 64 * 1024;
/** Longer writes go to the device piece by piece as they arrive: they stay in the processor's cache. */
const WHOLE_WRITE_BYTES = 64 * 1024;
/** Pieces of a longer write begin and end at multiples of this on the device. */
const PIECE_BYTES = 4096;
/** A zero run worth a chunk of its own in a structured reply. */
const HOLE_BYTES = 32 * 1024;
const MAX_EXTENTS = 1024;

/** What an NBD client is offered for a device. */
export function transmissionFlags(device: { isReadOnly: boolean; manyClients: boolean }): number {
  const {
    hasFlags,
    readOnly,
    sendFlush,
    sendFua,
    sendTrim,
    sendWriteZeroes,
    sendFastZero,
    sendDf,
    canMultiConn,
    sendCache,
  } = TransmissionFlag;
  const writing = sendFlush | sendFua | sendTrim | sendWriteZeroes | sendFastZero;
  return (
    hasFlags | sendDf | sendCache | (device.isReadOnly ? readOnly : writing) | (device.manyClients ? canMultiConn : 0)
  );
}

/** A connection's buffers; one connection at a time may use them. */
export interface TransmissionBuffers {
  input: Buffer;
  output: Buffer;
}

export function createTransmissionBuffers(): TransmissionBuffers {
  return { input: Buffer.allocUnsafeSlow(INPUT_BYTES), output: Buffer.allocUnsafeSlow(OUTPUT_BYTES) };
}

export interface Connection {
  /** A socket in blocking mode. */
  fd: number;
  agreement: Agreement;
  /** Bytes of the transmission that arrived with the handshake. */
  rest: Uint8Array;
  device: Device;
  /** Asked before each request: false ends the connection. */
  mayGoOn(): boolean;
  onFault(fault: unknown, what: string): void;
}

class Disconnected extends Error {}

/** Serves requests until the client leaves or breaks the protocol. Blocking: for a thread of its own. */
export function serveTransmission(connection: Connection, buffers: TransmissionBuffers): void {
  try {
    transmit(connection, buffers);
  } catch (error) {
    if (!(error instanceof Disconnected)) throw error;
  }
}

function transmit(connection: Connection, buffers: TransmissionBuffers): void {
  const { fd, device, agreement } = connection;
  const { input } = buffers;
  let { output } = buffers;
  // Input not yet looked at: from `start` to `end`. Output not yet sent: from 0 to `filled`.
  let start = 0;
  let end = 0;
  let filled = 0;
  let rest: Uint8Array | null = connection.rest.length > 0 ? connection.rest : null;

  /** The request at hand; fields instead of an object for each. */
  let cookieHigh = 0;
  let cookieLow = 0;

  /** At least `bytes` from `start` on, reading what is missing. */
  function want(bytes: number): void {
    if (end - start >= bytes) return;
    if (start + bytes > input.length || start === end) {
      input.copyWithin(0, start, end);
      end -= start;
      start = 0;
    }
    while (end - start < bytes) receive();
  }

  function receive(): void {
    if (rest) {
      const taken = Math.min(rest.length, input.length - end);
      input.set(rest.subarray(0, taken), end);
      end += taken;
      rest = taken < rest.length ? rest.subarray(taken) : null;
      return;
    }
    // Whoever waits for these replies might not send before it has them.
    send();
    let count: number;
    try {
      count = readSync(fd, input, end, input.length - end, null);
    } catch {
      throw new Disconnected();
    }
    if (count === 0) throw new Disconnected();
    end += count;
  }

  function send(): void {
    if (filled === 0) return;
    sendFrom(output, filled);
    filled = 0;
  }

  function sendFrom(bytes: Buffer, length: number): void {
    let sent = 0;
    try {
      while (sent < length) sent += writeSync(fd, bytes, sent, length - sent, null);
    } catch {
      throw new Disconnected();
    }
  }

  /** Room for `bytes` at `filled`. */
  function reserve(bytes: number): void {
    if (filled + bytes <= output.length) return;
    send();
    // Untouched memory costs nothing, so the largest reply's buffer is kept for this connection.
    if (bytes > output.length) output = Buffer.allocUnsafeSlow(MAX_PAYLOAD_BYTES + 4096);
  }

  function replied(bytes: number): void {
    filled += bytes;
    if (filled >= SEND_AT_BYTES) send();
  }

  function putSimple(error: number): void {
    output.writeUInt32BE(SIMPLE_REPLY_MAGIC, filled);
    output.writeUInt32BE(error, filled + 4);
    output.writeUInt32BE(cookieHigh, filled + 8);
    output.writeUInt32BE(cookieLow, filled + 12);
  }

  function putChunk(type: number, length: number): void {
    output.writeUInt32BE(STRUCTURED_REPLY_MAGIC, filled);
    output.writeUInt16BE(CHUNK_DONE, filled + 4);
    output.writeUInt16BE(type, filled + 6);
    output.writeUInt32BE(cookieHigh, filled + 8);
    output.writeUInt32BE(cookieLow, filled + 12);
    output.writeUInt32BE(length, filled + 16);
  }

  function putOffset(offset: number, at: number): void {
    output.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), at);
    output.writeUInt32BE(offset % 0x1_0000_0000, at + 4);
  }

  function acknowledge(error: number): void {
    reserve(SIMPLE_REPLY_BYTES);
    putSimple(error);
    replied(SIMPLE_REPLY_BYTES);
  }

  /** READ and BLOCK_STATUS fail with a chunk once structured replies are agreed upon. */
  function fail(error: number): void {
    if (!agreement.structuredReplies) return acknowledge(error);
    reserve(CHUNK_HEADER_BYTES + 6);
    putChunk(ChunkType.error, 6);
    output.writeUInt32BE(error, filled + CHUNK_HEADER_BYTES);
    output.writeUInt16BE(0, filled + CHUNK_HEADER_BYTES + 4);
    replied(CHUNK_HEADER_BYTES + 6);
  }

  function faultNumber(fault: unknown, what: string): number {
    connection.onFault(fault, what);
    return errnoOf(fault);
  }

  function read(flags: number, offset: number, length: number): void {
    const structured = agreement.structuredReplies;
    const allowed = structured ? CommandFlag.fua | CommandFlag.df : CommandFlag.fua;
    if ((flags & ~allowed) !== 0 || length === 0 || length > MAX_PAYLOAD_BYTES || offset + length > device.sizeBytes())
      return fail(Errno.EINVAL);
    try {
      if (structured && length >= HOLE_BYTES && (flags & CommandFlag.df) === 0) {
        const [first] = device.extents(offset, length, 1);
        if (first!.isZero && first!.length >= length) return readHole(offset, length);
      }
      const headerBytes = structured ? CHUNK_HEADER_BYTES + 8 : SIMPLE_REPLY_BYTES;
      reserve(headerBytes + length);
      // Read first: an error found afterwards could not be told.
      device.read(offset, length, output, filled + headerBytes);
      if (structured) {
        putChunk(ChunkType.offsetData, length + 8);
        putOffset(offset, filled + CHUNK_HEADER_BYTES);
      } else putSimple(0);
      return replied(headerBytes + length);
    } catch (fault) {
      if (fault instanceof Disconnected) throw fault;
      return fail(faultNumber(fault, 'read'));
    }
  }

  function readHole(offset: number, length: number): void {
    reserve(CHUNK_HEADER_BYTES + 12);
    putChunk(ChunkType.offsetHole, 12);
    putOffset(offset, filled + CHUNK_HEADER_BYTES);
    output.writeUInt32BE(length, filled + CHUNK_HEADER_BYTES + 8);
    replied(CHUNK_HEADER_BYTES + 12);
  }

  function write(flags: number, offset: number, length: number): void {
    // Its end could be anywhere: nothing after it can be understood.
    if (length > MAX_PAYLOAD_BYTES) throw new Disconnected();
    let error = 0;
    if (device.isReadOnly) error = Errno.EPERM;
    else if ((flags & ~CommandFlag.fua) !== 0 || length === 0) error = Errno.EINVAL;
    else if (offset + length > device.sizeBytes()) error = Errno.ENOSPC;

    const stop = offset + length;
    for (let position = offset; position < stop;) {
      const left = stop - position;
      let piece = left;
      if (left <= WHOLE_WRITE_BYTES) want(left);
      else {
        want(PIECE_BYTES);
        piece = Math.min(left, end - start);
        // Up to the last whole block: a block in two parts could need its old content copied first.
        if (piece < left) piece -= (position + piece) % PIECE_BYTES;
      }
      if (error === 0) {
        try {
          device.write(position, piece, input, start);
        } catch (fault) {
          error = faultNumber(fault, 'write');
        }
      }
      start += piece;
      position += piece;
    }
    finishWriting(flags, error);
  }

  function finishWriting(flags: number, error: number): void {
    if (error === 0 && (flags & CommandFlag.fua) !== 0) return flush();
    acknowledge(error);
  }

  function flush(): void {
    try {
      device.flush();
    } catch (fault) {
      return acknowledge(faultNumber(fault, 'flush'));
    }
    acknowledge(0);
  }

  function change(flags: number, allowed: number, offset: number, length: number, what: 'writeZeroes' | 'trim'): void {
    let error = 0;
    if (device.isReadOnly) error = Errno.EPERM;
    else if ((flags & ~allowed) !== 0 || length === 0) error = Errno.EINVAL;
    else if (offset + length > device.sizeBytes()) error = what === 'trim' ? Errno.EINVAL : Errno.ENOSPC;
    else {
      try {
        device[what](offset, length);
      } catch (fault) {
        error = faultNumber(fault, what);
      }
    }
    finishWriting(flags, error);
  }

  function blockStatus(flags: number, offset: number, length: number): void {
    const allowed = CommandFlag.fua | CommandFlag.reqOne;
    if (
      !agreement.allocationContext ||
      (flags & ~allowed) !== 0 ||
      length === 0 ||
      offset + length > device.sizeBytes()
    )
      return fail(Errno.EINVAL);
    let extents;
    try {
      extents = device.extents(offset, length, flags & CommandFlag.reqOne ? 1 : MAX_EXTENTS);
    } catch (fault) {
      return fail(faultNumber(fault, 'block status'));
    }
    const bytes = CHUNK_HEADER_BYTES + 4 + 8 * extents.length;
    reserve(bytes);
    putChunk(ChunkType.blockStatus, bytes - CHUNK_HEADER_BYTES);
    let at = filled + CHUNK_HEADER_BYTES;
    output.writeUInt32BE(CONTEXT_ID, at);
    at += 4;
    for (const extent of extents) {
      output.writeUInt32BE(extent.length, at);
      output.writeUInt32BE(extent.isZero ? Allocation.hole | Allocation.zero : Allocation.data, at + 4);
      at += 8;
    }
    return replied(bytes);
  }

  /** False once the client said good-bye. */
  function answer(type: number, flags: number, offset: number, length: number): boolean {
    switch (type) {
      case Command.read:
        read(flags, offset, length);
        return true;
      case Command.write:
        write(flags, offset, length);
        return true;
      case Command.disconnect:
        return false;
      case Command.flush:
        if (device.isReadOnly || (flags & ~CommandFlag.fua) !== 0 || offset !== 0 || length !== 0)
          acknowledge(device.isReadOnly ? Errno.EPERM : Errno.EINVAL);
        else flush();
        return true;
      case Command.trim:
        change(flags, CommandFlag.fua, offset, length, 'trim');
        return true;
      case Command.writeZeroes:
        // Zeroing writes bits, so it is always fast; a sparse file reserves nothing, with NO_HOLE or without.
        change(flags, CommandFlag.fua | CommandFlag.noHole | CommandFlag.fastZero, offset, length, 'writeZeroes');
        return true;
      case Command.cache:
        // A hint. The page cache needs none.
        acknowledge((flags & ~CommandFlag.fua) !== 0 || offset + length > device.sizeBytes() ? Errno.EINVAL : 0);
        return true;
      case Command.blockStatus:
        blockStatus(flags, offset, length);
        return true;
      default:
        acknowledge(Errno.EINVAL);
        return true;
    }
  }

  for (;;) {
    want(REQUEST_BYTES);
    if (!connection.mayGoOn() || input.readUInt32BE(start) !== REQUEST_MAGIC) break;
    const flags = input.readUInt16BE(start + 4);
    const type = input.readUInt16BE(start + 6);
    cookieHigh = input.readUInt32BE(start + 8);
    cookieLow = input.readUInt32BE(start + 12);
    // Above 2^53 it is not exact, and far outside of any device all the same.
    const offset = input.readUInt32BE(start + 16) * 0x1_0000_0000 + input.readUInt32BE(start + 20);
    const length = input.readUInt32BE(start + 24);
    start += REQUEST_BYTES;
    if (!answer(type, flags, offset, length)) break;
  }
  send();
}
