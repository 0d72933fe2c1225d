import { Duplex } from 'node:stream';

/**
 * One end of a TCP connection with a guest, over a link that loses nothing and keeps order once the guest listens to it: no congestion
 * control, no selective acknowledgement, what comes out of order is asked for again. Source: RFC 9293.
 */

export const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
const HEAD_BYTES = 20;
/** Ethernet's 1500 without both heads. */
const MOST_SEGMENT_BYTES = 1460;
const WINDOW_BYTES = 65_535;
/** What may wait to be sent before writers have to wait. */
const QUEUE_BYTES = 256 * 1024;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;
const MOST_RETRIES = 8;

export interface Segment {
  sourcePort: number;
  targetPort: number;
  sequence: number;
  acknowledged: number;
  flags: number;
  window: number;
  payload: Buffer;
}

export function readSegment(bytes: Buffer): Segment | null {
  const headBytes = bytes.length < HEAD_BYTES ? 0 : (bytes[12]! >> 4) * 4;
  if (headBytes < HEAD_BYTES || headBytes > bytes.length) return null;
  return {
    sourcePort: bytes.readUInt16BE(0),
    targetPort: bytes.readUInt16BE(2),
    sequence: bytes.readUInt32BE(4),
    acknowledged: bytes.readUInt32BE(8),
    flags: bytes[13]!,
    window: bytes.readUInt16BE(14),
    payload: bytes.subarray(headBytes),
  };
}

/** Without its checksum, which needs the addresses. */
export function writeSegment(segment: Segment): Buffer {
  const isSyn = (segment.flags & Flag.syn) !== 0;
  const bytes = Buffer.alloc(HEAD_BYTES + (isSyn ? 4 : 0) + segment.payload.length);
  bytes.writeUInt16BE(segment.sourcePort, 0);
  bytes.writeUInt16BE(segment.targetPort, 2);
  bytes.writeUInt32BE(segment.sequence >>> 0, 4);
  bytes.writeUInt32BE(segment.acknowledged >>> 0, 8);
  bytes[12] = ((HEAD_BYTES + (isSyn ? 4 : 0)) / 4) << 4;
  bytes[13] = segment.flags;
  bytes.writeUInt16BE(segment.window, 14);
  // The one option: how long segments to us may be.
  if (isSyn) bytes.writeUInt32BE(0x0204_0000 | MOST_SEGMENT_BYTES, HEAD_BYTES);
  segment.payload.copy(bytes, bytes.length - segment.payload.length);
  return bytes;
}

/** The answer to a segment that belongs to no connection. */
export function refusal(segment: Segment): Segment | null {
  if (segment.flags & Flag.rst) return null;
  const { sourcePort, targetPort, sequence, acknowledged, flags, payload } = segment;
  const length = payload.length + (flags & Flag.syn ? 1 : 0) + (flags & Flag.fin ? 1 : 0);
  const isAck = (flags & Flag.ack) !== 0;
  return {
    sourcePort: targetPort,
    targetPort: sourcePort,
    sequence: isAck ? acknowledged : 0,
    acknowledged: isAck ? 0 : sequence + length,
    flags: isAck ? Flag.rst : Flag.rst | Flag.ack,
    window: 0,
    payload: Buffer.alloc(0),
  };
}

/** a - b of sequence numbers, which go round. */
const distance = (a: number, b: number): number => (a - b) | 0;

export interface TcpOptions {
  /** Ours and the guest's. */
  localPort: number;
  guestPort: number;
  /** The guest's request to connect; null: we connect to it. */
  request: Segment | null;
  send(segment: Segment, hopLimit: number | undefined): void;
}

export class TcpStream extends Duplex {
  readonly #options: TcpOptions;
  /** Sent, or to be sent, and not acknowledged. */
  #queue = Buffer.alloc(0);
  readonly #initial = (Math.random() * 0x1_0000_0000) >>> 0;
  #unacknowledged = this.#initial;
  #next = this.#initial;
  #expected: number;
  #window: number;
  #isConnected = false;
  #wantsFin = false;
  #hasSentFin = false;
  #hasReceivedFin = false;
  #isClosed = false;
  #announced = WINDOW_BYTES;
  #written: (() => void) | null = null;
  /** Called when everything was acknowledged, the end too. */
  #finished: (() => void) | null = null;
  #retries = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Hops that what is sent may take; undefined: the usual. */
  hopLimit: number | undefined;

  constructor(options: TcpOptions) {
    super({ allowHalfOpen: true });
    this.#options = options;
    this.#expected = ((options.request?.sequence ?? 0) + (options.request ? 1 : 0)) >>> 0;
    this.#window = options.request?.window ?? 0;
    this.#sendSyn();
  }

  #sendSyn(): void {
    this.#emit(this.#initial, Flag.syn | (this.#options.request ? Flag.ack : 0));
    this.#next = (this.#initial + 1) >>> 0;
    this.#arm();
  }

  #emit(sequence: number, flags: number, payload: Buffer = Buffer.alloc(0)): void {
    const { localPort: sourcePort, guestPort: targetPort, send } = this.#options;
    this.#announced = Math.max(0, WINDOW_BYTES - this.readableLength);
    const acknowledged = flags & Flag.ack ? this.#expected : 0;
    send({ sourcePort, targetPort, sequence, acknowledged, flags, window: this.#announced, payload }, this.hopLimit);
  }

  /** Takes what the guest sent. */
  hear(segment: Segment): void {
    if (this.#isClosed) return;
    const { flags, acknowledged, sequence } = segment;
    if (flags & Flag.rst) return this.#close(new Error('the guest refused or reset the connection'));
    if (!this.#isConnected && !this.#options.request && flags & Flag.syn) this.#expected = (sequence + 1) >>> 0;
    else if (flags & Flag.syn) {
      // It did not hear our answer.
      if (!this.#isConnected) this.#emit(this.#initial, Flag.syn | Flag.ack);
      return;
    }
    if (!(flags & Flag.ack)) return;
    if (!this.#isConnected && acknowledged !== (this.#initial + 1) >>> 0) return;
    this.#window = segment.window;
    // A guest that says it has no room is there.
    if (segment.window === 0) this.#retries = 0;
    this.#acknowledge(acknowledged);
    this.#receive(segment);
    if (this.#isClosed) return;
    this.#pump();
    this.#closeWhenOver();
  }

  #acknowledge(acknowledged: number): void {
    const progress = distance(acknowledged, this.#unacknowledged);
    if (progress < 0 || distance(acknowledged, this.#next) > 0) return;
    if (progress === 0) return;
    // Neither SYN nor FIN is in the queue.
    const isFirst = !this.#isConnected;
    this.#isConnected = true;
    this.#queue = this.#queue.subarray(Math.min(progress - (isFirst ? 1 : 0), this.#queue.length));
    this.#unacknowledged = acknowledged;
    this.#retries = 0;
    this.#disarm();
    if (distance(this.#next, acknowledged) > 0) this.#arm();
    if (isFirst && !this.#options.request) this.#emit(this.#next, Flag.ack);
    if (isFirst) this.emit('connect');
    if (this.#queue.length < QUEUE_BYTES) this.#release();
    if (this.#hasSentFin && this.#next === acknowledged) this.#finish();
  }

  #receive({ sequence, payload, flags }: Segment): void {
    const isFin = (flags & Flag.fin) !== 0;
    if (flags & Flag.syn || (payload.length === 0 && !isFin)) return;
    const late = distance(this.#expected, sequence);
    const fresh = payload.subarray(Math.min(Math.max(late, 0), payload.length));
    const room = WINDOW_BYTES - this.readableLength;
    if (late >= 0 && late <= payload.length && !this.#hasReceivedFin && fresh.length <= room) {
      if (fresh.length > 0) {
        this.#expected = (this.#expected + fresh.length) >>> 0;
        // The frame's memory is used again.
        this.push(Buffer.from(fresh));
      }
      if (isFin) {
        this.#expected = (this.#expected + 1) >>> 0;
        this.#hasReceivedFin = true;
        this.push(null);
      }
    }
    if (!this.#isClosed) this.#emit(this.#next, Flag.ack);
  }

  #pump(): void {
    if (!this.#isConnected || this.#isClosed) return;
    for (;;) {
      // The end, once sent, is not in the queue.
      const inFlight = Math.min(distance(this.#next, this.#unacknowledged), this.#queue.length);
      const length = Math.min(this.#queue.length - inFlight, MOST_SEGMENT_BYTES, this.#window - inFlight);
      if (length <= 0) break;
      this.#emit(this.#next, Flag.ack | Flag.psh, this.#queue.subarray(inFlight, inFlight + length));
      this.#next = (this.#next + length) >>> 0;
    }
    const isAllSent = distance(this.#next, this.#unacknowledged) >= this.#queue.length;
    if (this.#wantsFin && !this.#hasSentFin && isAllSent) {
      this.#hasSentFin = true;
      this.#emit(this.#next, Flag.fin | Flag.ack);
      this.#next = (this.#next + 1) >>> 0;
    }
    if (this.#queue.length > 0 || distance(this.#next, this.#unacknowledged) > 0) this.#arm();
  }

  #arm(): void {
    if (this.#timer) return;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#retries, LONGEST_RETRY_MS);
    this.#timer = setTimeout(() => this.#retry(), waitMs).unref();
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #retry(): void {
    this.#timer = null;
    if (++this.#retries > MOST_RETRIES) return this.#close(new Error('the guest does not answer'));
    if (!this.#isConnected) return this.#sendSyn();
    if (this.#window === 0 && this.#queue.length > 0) {
      // One byte, to be told of the window.
      this.#emit(this.#unacknowledged, Flag.ack, this.#queue.subarray(0, 1));
      if (this.#next === this.#unacknowledged) this.#next = (this.#next + 1) >>> 0;
      return this.#arm();
    }
    // From the first that was not acknowledged.
    this.#next = this.#unacknowledged;
    this.#hasSentFin = false;
    this.#pump();
  }

  #release(): void {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  #finish(): void {
    const finished = this.#finished;
    this.#finished = null;
    finished?.();
  }

  #closeWhenOver(): void {
    if (this.#hasSentFin && this.#hasReceivedFin && this.#next === this.#unacknowledged) this.#close(null);
  }

  #close(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#disarm();
    this.#release();
    this.#finish();
    this.emit('over');
    if (error) this.destroy(error);
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isClosed) return done(new Error('the connection is closed'));
    this.#queue = Buffer.concat([this.#queue, chunk]);
    if (this.#queue.length < QUEUE_BYTES) done();
    else this.#written = done;
    this.#pump();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#isClosed) return done();
    this.#wantsFin = true;
    this.#finished = done;
    this.#pump();
  }

  override _read(): void {
    const isOpenAgain =
      this.#announced < MOST_SEGMENT_BYTES && WINDOW_BYTES - this.readableLength >= MOST_SEGMENT_BYTES;
    if (isOpenAgain && this.#isConnected && !this.#isClosed) this.#emit(this.#next, Flag.ack);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isCut = !this.#isClosed && !(this.#hasSentFin && this.#hasReceivedFin);
    if (isCut) this.#emit(this.#next, Flag.rst | Flag.ack);
    this.#close(null);
    done(error);
  }
}
