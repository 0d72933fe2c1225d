import { createHash } from 'node:crypto';
import { readSync, writeSync, writevSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import {
  checkHeader,
  encodeHeader,
  FRAME_HEAD_BYTES,
  FRAME_KINDS,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  stateInvalid,
  type FrameKind,
} from './format.ts';

/** Blocking: for threads, and commands that do nothing else. */
export interface FrameWriter {
  put(kind: FrameKind, payload: Buffer): void;
  putJson(kind: FrameKind, value: object): void;
  /** The last frame, which proves all before it. */
  end(): void;
  readonly writtenBytes: number;
}

export function createFrameWriter(file: number): FrameWriter {
  const hash = createHash('sha256');
  let writtenBytes = 0;

  function write(...parts: Buffer[]): void {
    const total = parts.reduce((sum, { length }) => sum + length, 0);
    for (const part of parts) hash.update(part);
    let done = writevSync(file, parts);
    if (done < total) {
      const rest = Buffer.concat(parts);
      while (done < total) done += writeSync(file, rest, done);
    }
    writtenBytes += total;
  }

  function put(kind: FrameKind, payload: Buffer): void {
    assert(payload.length <= MAX_FRAME_BYTES, `a frame of ${payload.length} bytes`);
    const head = Buffer.alloc(FRAME_HEAD_BYTES);
    head.write(kind, 0, 'latin1');
    head.writeUInt32LE(payload.length, 4);
    head.writeUInt32LE(checksumOf(head, payload), 8);
    write(head, payload);
  }

  write(encodeHeader());
  return {
    put,
    putJson: (kind, value) => put(kind, Buffer.from(JSON.stringify(value))),
    end: () => put('DONE', hash.copy().digest()),
    get writtenBytes() {
      return writtenBytes;
    },
  };
}

export interface FrameReader {
  /** The kind of the frame that is next. All that reads throws WorldFault `StateFileInvalid`. */
  peek(): FrameKind;
  /** Takes the next frame, which must be of this kind: its payload until the next one is asked for. */
  take(kind: FrameKind): Buffer;
  takeJson<T>(kind: FrameKind): T;
  /** Takes the last one, behind which nothing may be. */
  end(): void;
  readonly readBytes: number;
}

export function createFrameReader(file: number): FrameReader {
  const hash = createHash('sha256');
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  const payload = Buffer.alloc(MAX_FRAME_BYTES);
  let next: { kind: FrameKind; payload: Buffer } | null = null;
  let readBytes = 0;

  function fill(into: Buffer): number {
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(file, into, filled, into.length - filled, null);
      if (count === 0) break;
      filled += count;
    }
    readBytes += filled;
    return filled;
  }

  function read(): NonNullable<typeof next> {
    if (fill(head) < head.length) throw stateInvalid('it is cut short');
    const kind = FRAME_KINDS.find((known) => known === head.toString('latin1', 0, 4));
    const length = head.readUInt32LE(4);
    if (kind === undefined || length > MAX_FRAME_BYTES) throw damaged();
    const bytes = payload.subarray(0, length);
    if (fill(bytes) < length) throw stateInvalid('it is cut short');
    if (head.readUInt32LE(8) !== checksumOf(head, bytes)) throw damaged();
    return { kind, payload: bytes };
  }

  const damaged = () => stateInvalid(`it is damaged near byte ${readBytes}`);

  function take(kind: FrameKind): Buffer {
    const frame = (next ??= read());
    if (frame.kind !== kind) throw stateInvalid(`${frame.kind} stands where ${kind} should, near byte ${readBytes}`);
    next = null;
    if (kind !== 'DONE') hash.update(head).update(frame.payload);
    return frame.payload;
  }

  const header = Buffer.alloc(HEADER_BYTES);
  checkHeader(header.subarray(0, fill(header)));
  hash.update(header);
  return {
    peek: () => (next ??= read()).kind,
    take,
    takeJson(kind) {
      const text = take(kind).toString('utf8');
      try {
        return JSON.parse(text) as never;
      } catch {
        throw damaged();
      }
    },
    end() {
      if (!take('DONE').equals(hash.digest())) throw stateInvalid('its parts do not belong together');
      if (fill(Buffer.alloc(1)) > 0) throw stateInvalid('something is behind its end');
    },
    get readBytes() {
      return readBytes;
    },
  };
}

function checksumOf(head: Buffer, payload: Buffer): number {
  return crc32(payload, crc32(head.subarray(0, 8)));
}
