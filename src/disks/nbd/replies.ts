import { writeSync } from 'node:fs';
import { Disconnected } from './requests.ts';
import {
  Allocation,
  CHUNK_DONE,
  CHUNK_HEADER_BYTES,
  CONTEXT_ID,
  ChunkType,
  MAX_PAYLOAD_BYTES,
  SIMPLE_REPLY_BYTES,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from './wire.ts';
import type { Device, Extent } from './device.ts';
import { sendFile } from './sendFile.ts';

/** Replies that wait to be sent together, and the data of all but the longest reads. */
const OUTPUT_BYTES = 2 * 1024 * 1024;
/** Sent as soon as this much waits: the client works on it meanwhile. */
const SEND_AT_BYTES = 64 * 1024;

export const createOutput = (): Buffer => Buffer.allocUnsafeSlow(OUTPUT_BYTES);

/** Puts the data of a read where it is told to. */
export type ReadInto = (into: Buffer, at: number) => void;

/** The replies of a connection, to the request whose cookie was set last; sent several at a time. */
export interface Replies {
  setCookie(high: number, low: number): void;
  /** Done, or the error number. */
  acknowledge(error: number): void;
  /** As `acknowledge`, for what is answered with chunks once structured replies are agreed upon. */
  fail(error: number): void;
  data(length: number, read: ReadInto): void;
  dataChunk(offset: number, length: number, done: number, read: ReadInto): void;
  /** As `dataChunk`, of what lies in `file` at `offset`; `read` is for what can't be sent from there. */
  fileChunk(offset: number, length: number, done: number, file: number, read: Device['read']): void;
  holeChunk(offset: number, length: number, done: number): void;
  extents(extents: readonly Extent[]): void;
  send(): void;
}

export function createReplies(fd: number, buffer: Buffer, structured: boolean): Replies {
  let output = buffer;
  // Not yet sent: from 0 to `filled`.
  let filled = 0;
  let cookieHigh = 0;
  let cookieLow = 0;

  function send(): void {
    let sent = 0;
    try {
      while (sent < filled) sent += writeSync(fd, output, sent, filled - sent, null);
    } catch {
      throw new Disconnected();
    }
    filled = 0;
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

  function putChunk(type: number, length: number, done: number): void {
    output.writeUInt32BE(STRUCTURED_REPLY_MAGIC, filled);
    output.writeUInt16BE(done, filled + 4);
    output.writeUInt16BE(type, filled + 6);
    output.writeUInt32BE(cookieHigh, filled + 8);
    output.writeUInt32BE(cookieLow, filled + 12);
    output.writeUInt32BE(length, filled + 16);
  }

  function putOffset(offset: number): void {
    output.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), filled + CHUNK_HEADER_BYTES);
    output.writeUInt32BE(offset % 0x1_0000_0000, filled + CHUNK_HEADER_BYTES + 4);
  }

  function acknowledge(error: number): void {
    reserve(SIMPLE_REPLY_BYTES);
    putSimple(error);
    replied(SIMPLE_REPLY_BYTES);
  }

  return {
    setCookie(high, low) {
      cookieHigh = high;
      cookieLow = low;
    },
    acknowledge,
    fail(error) {
      if (!structured) return acknowledge(error);
      reserve(CHUNK_HEADER_BYTES + 6);
      putChunk(ChunkType.error, 6, CHUNK_DONE);
      output.writeUInt32BE(error, filled + CHUNK_HEADER_BYTES);
      output.writeUInt16BE(0, filled + CHUNK_HEADER_BYTES + 4);
      replied(CHUNK_HEADER_BYTES + 6);
    },
    data(length, read) {
      reserve(SIMPLE_REPLY_BYTES + length);
      // Read first: an error found afterwards could not be told.
      read(output, filled + SIMPLE_REPLY_BYTES);
      putSimple(0);
      replied(SIMPLE_REPLY_BYTES + length);
    },
    dataChunk(offset, length, done, read) {
      const headerBytes = CHUNK_HEADER_BYTES + 8;
      reserve(headerBytes + length);
      read(output, filled + headerBytes);
      putChunk(ChunkType.offsetData, length + 8, done);
      putOffset(offset);
      replied(headerBytes + length);
    },
    fileChunk(offset, length, done, file, read) {
      reserve(CHUNK_HEADER_BYTES + 8);
      putChunk(ChunkType.offsetData, length + 8, done);
      putOffset(offset);
      filled += CHUNK_HEADER_BYTES + 8;
      send();
      let sent = sendFile?.(fd, file, offset, length) ?? 0;
      while (sent < length) {
        const count = Math.min(output.length, length - sent);
        try {
          read(offset + sent, count, output, 0);
        } catch {
          // The chunk has begun: an error can't be told any more.
          throw new Disconnected();
        }
        filled = count;
        send();
        sent += count;
      }
    },
    holeChunk(offset, length, done) {
      reserve(CHUNK_HEADER_BYTES + 12);
      putChunk(ChunkType.offsetHole, 12, done);
      putOffset(offset);
      output.writeUInt32BE(length, filled + CHUNK_HEADER_BYTES + 8);
      replied(CHUNK_HEADER_BYTES + 12);
    },
    extents(extents) {
      const bytes = CHUNK_HEADER_BYTES + 4 + 8 * extents.length;
      reserve(bytes);
      putChunk(ChunkType.blockStatus, bytes - CHUNK_HEADER_BYTES, CHUNK_DONE);
      let at = filled + CHUNK_HEADER_BYTES;
      output.writeUInt32BE(CONTEXT_ID, at);
      at += 4;
      for (const { length, isZero } of extents) {
        output.writeUInt32BE(length, at);
        output.writeUInt32BE(isZero ? Allocation.hole | Allocation.zero : Allocation.data, at + 4);
        at += 8;
      }
      replied(bytes);
    },
    send,
  };
}
