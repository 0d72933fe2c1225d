import type { Device } from './device.ts';
import type { Agreement } from './handshake.ts';
import { createOutput, createReplies } from './replies.ts';
import { createInput, createRequests, Disconnected } from './requests.ts';
import { sendFile } from './sendFile.ts';
import {
  CHUNK_DONE,
  Command,
  CommandFlag,
  Errno,
  MAX_PAYLOAD_BYTES,
  REQUEST_BYTES,
  REQUEST_MAGIC,
  TransmissionFlag,
  errnoOf,
} from './wire.ts';

/** Longer writes go to the device piece by piece as they arrive: they stay in the processor's cache. */
const WHOLE_WRITE_BYTES = 64 * 1024;
/** Pieces of a longer write begin and end at multiples of this on the device. */
const PIECE_BYTES = 4096;
/** Pieces of a longer read begin and end at multiples of this on the device: a stored chunk is one. */
const READ_PIECE_BYTES = 256 * 1024;
/** Shorter reads from a file are faster together with other replies. */
const SEND_FILE_BYTES = 64 * 1024;
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
  /** Files are read before anything is sent: sendfile can't be called, or one failed in the middle of a chunk, where that can't be told. */
  mistrustsFiles: boolean;
}

export function createTransmissionBuffers(): TransmissionBuffers {
  return { input: createInput(), output: createOutput(), mistrustsFiles: sendFile === null };
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
  const replies = createReplies(fd, buffers.output, agreement.structuredReplies);
  const requests = createRequests(fd, buffers.input, connection.rest, replies.send);
  const input = requests.bytes;

  function faultNumber(fault: unknown, what: string): number {
    connection.onFault(fault, what);
    return errnoOf(fault);
  }

  function read(flags: number, offset: number, length: number): void {
    const structured = agreement.structuredReplies;
    const allowed = structured ? CommandFlag.fua | CommandFlag.df : CommandFlag.fua;
    if ((flags & ~allowed) !== 0 || length === 0 || length > MAX_PAYLOAD_BYTES || offset + length > device.sizeBytes())
      return replies.fail(Errno.EINVAL);
    try {
      if (!structured) replies.data(length, (into, at) => device.read(offset, length, into, at));
      else if (flags & CommandFlag.df) readPiece(offset, length, CHUNK_DONE);
      else readPieces(offset, length);
    } catch (fault) {
      if (fault instanceof Disconnected) throw fault;
      replies.fail(faultNumber(fault, 'read'));
    }
  }

  /** Long reads go out piece by piece: the client takes one while the next is read, and zero runs need not be sent. */
  function readPieces(offset: number, length: number): void {
    const stop = offset + length;
    for (let position = offset; position < stop;) {
      const sent = sendFrom(position, stop - position);
      if (sent > 0) {
        position += sent;
        continue;
      }
      const piece = Math.min(stop - position, READ_PIECE_BYTES - (position % READ_PIECE_BYTES));
      const done = position + piece === stop ? CHUNK_DONE : 0;
      if (piece >= HOLE_BYTES && isZero(position, piece)) replies.holeChunk(position, piece, done);
      else readPiece(position, piece, done);
      position += piece;
    }
  }

  /** How much of the range was sent from the file that it lies in; 0: it has to be read. */
  function sendFrom(offset: number, length: number): number {
    if (length < SEND_FILE_BYTES || buffers.mistrustsFiles) return 0;
    const found = device.inFile?.(offset, length);
    if (!found || found.length < SEND_FILE_BYTES) return 0;
    replies.fileChunk(offset, found.length, found.length === length ? CHUNK_DONE : 0, found.file, readLate);
    return found.length;
  }

  function readLate(...range: Parameters<Device['read']>): void {
    try {
      device.read(...range);
    } catch (fault) {
      buffers.mistrustsFiles = true;
      connection.onFault(fault, 'read');
      throw fault;
    }
  }

  function readPiece(offset: number, length: number, done: number): void {
    replies.dataChunk(offset, length, done, (into, at) => device.read(offset, length, into, at));
  }

  function isZero(offset: number, length: number): boolean {
    const [first] = device.extents(offset, length, 1);
    return first!.isZero && first!.length >= length;
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
      if (left <= WHOLE_WRITE_BYTES) requests.want(left);
      else {
        requests.want(PIECE_BYTES);
        piece = Math.min(left, requests.end - requests.start);
        // Up to the last whole block: a block in two parts could need its old content copied first.
        if (piece < left) piece -= (position + piece) % PIECE_BYTES;
      }
      if (error === 0) {
        try {
          device.write(position, piece, input, requests.start);
        } catch (fault) {
          error = faultNumber(fault, 'write');
        }
      }
      requests.start += piece;
      position += piece;
    }
    finishWriting(flags, error);
  }

  function finishWriting(flags: number, error: number): void {
    if (error === 0 && (flags & CommandFlag.fua) !== 0) return flush();
    replies.acknowledge(error);
  }

  function flush(): void {
    try {
      device.flush();
    } catch (fault) {
      return replies.acknowledge(faultNumber(fault, 'flush'));
    }
    replies.acknowledge(0);
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
      return replies.fail(Errno.EINVAL);
    let extents;
    try {
      extents = device.extents(offset, length, flags & CommandFlag.reqOne ? 1 : MAX_EXTENTS);
    } catch (fault) {
      return replies.fail(faultNumber(fault, 'block status'));
    }
    replies.extents(extents);
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
          replies.acknowledge(device.isReadOnly ? Errno.EPERM : Errno.EINVAL);
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
        replies.acknowledge(
          (flags & ~CommandFlag.fua) !== 0 || offset + length > device.sizeBytes() ? Errno.EINVAL : 0,
        );
        return true;
      case Command.blockStatus:
        blockStatus(flags, offset, length);
        return true;
      default:
        replies.acknowledge(Errno.EINVAL);
        return true;
    }
  }

  for (;;) {
    requests.want(REQUEST_BYTES);
    const at = requests.start;
    if (!connection.mayGoOn() || input.readUInt32BE(at) !== REQUEST_MAGIC) break;
    const flags = input.readUInt16BE(at + 4);
    const type = input.readUInt16BE(at + 6);
    replies.setCookie(input.readUInt32BE(at + 8), input.readUInt32BE(at + 12));
    // Above 2^53 it is not exact, and far outside of any device all the same.
    const offset = input.readUInt32BE(at + 16) * 0x1_0000_0000 + input.readUInt32BE(at + 20);
    const length = input.readUInt32BE(at + 24);
    requests.start = at + REQUEST_BYTES;
    if (!answer(type, flags, offset, length)) break;
  }
  replies.send();
}
