import { readSync } from 'node:fs';

/** One read takes as many requests as have arrived. */
const INPUT_BYTES = 1024 * 1024;

export const createInput = (): Buffer => Buffer.allocUnsafeSlow(INPUT_BYTES);

/** The client left, or cannot be talked to any more. */
export class Disconnected extends Error {}

/** What a client sent: `bytes` from `start` to `end` have arrived and are not yet taken. Take them by moving `start`. */
export interface Requests {
  readonly bytes: Buffer;
  start: number;
  end: number;
  /** Waits until at least `count` bytes, at most 64 KiB and a header, are there. Throws Disconnected. */
  want(count: number): void;
}

/** `rest` came with the handshake. `beforeWaiting` sends what the client may be waiting for before it says more. */
export function createRequests(fd: number, buffer: Buffer, rest: Uint8Array, beforeWaiting: () => void): Requests {
  let late: Uint8Array | null = rest.length > 0 ? rest : null;

  function receive(): void {
    const room = buffer.length - requests.end;
    if (late) {
      const taken = Math.min(late.length, room);
      buffer.set(late.subarray(0, taken), requests.end);
      requests.end += taken;
      late = taken < late.length ? late.subarray(taken) : null;
      return;
    }
    beforeWaiting();
    let count = 0;
    try {
      count = readSync(fd, buffer, requests.end, room, null);
    } catch {
      // Reset, most likely: as an end.
    }
    if (count === 0) throw new Disconnected();
    requests.end += count;
  }

  const requests: Requests = {
    bytes: buffer,
    start: 0,
    end: 0,
    want(count) {
      if (requests.end - requests.start >= count) return;
      if (requests.start + count > buffer.length || requests.start === requests.end) {
        buffer.copyWithin(0, requests.start, requests.end);
        requests.end -= requests.start;
        requests.start = 0;
      }
      while (requests.end - requests.start < count) receive();
    },
  };
  return requests;
}
