/** A DHCP server that knows one client and one address. Sources: RFC 2131, 2132. */
export interface Lease {
  address: number;
  mask: number;
  gateway: number;
  dns: readonly number[];
}

const HEAD_BYTES = 236;
const MAGIC = 0x63825363;
const LEASE_S = 24 * 3600;
const [DISCOVER, OFFER, REQUEST, ACK, NAK] = [1, 2, 3, 5, 6] as const;
const [MASK, ROUTER, DNS, WANTED, LEASE, TYPE, SERVER, END] = [1, 3, 6, 50, 51, 53, 54, 255] as const;

/** The answer to what a client sent; null: it asks nothing. */
export function answerDhcp(message: Buffer, lease: Lease): Buffer | null {
  if (message.length < HEAD_BYTES + 4 || message[0] !== 1 || message.readUInt32BE(HEAD_BYTES) !== MAGIC) return null;
  const options = readOptions(message.subarray(HEAD_BYTES + 4));
  const asked = options.get(TYPE)?.[0];
  if (asked !== DISCOVER && asked !== REQUEST) return null;
  const wanted = options.get(WANTED);
  const had = message.readUInt32BE(12);
  const named = wanted?.length === 4 ? wanted.readUInt32BE(0) : had;
  const isRefused = asked === REQUEST && named !== 0 && named !== lease.address;
  const answer = isRefused ? NAK : asked === DISCOVER ? OFFER : ACK;
  const head = Buffer.alloc(HEAD_BYTES + 4);
  // Transaction, flags and the client's hardware address come back.
  message.copy(head, 0, 0, HEAD_BYTES);
  head[0] = 2;
  head.fill(0, 12, 28);
  head.fill(0, 44, HEAD_BYTES);
  head.writeUInt32BE(MAGIC, HEAD_BYTES);
  if (!isRefused) head.writeUInt32BE(lease.address, 16);
  const given = [
    option(TYPE, Buffer.of(answer)),
    option(SERVER, addresses([lease.gateway])),
    ...(isRefused
      ? []
      : [
          option(LEASE, addresses([LEASE_S])),
          option(MASK, addresses([lease.mask])),
          option(ROUTER, addresses([lease.gateway])),
          option(DNS, addresses(lease.dns)),
        ]),
    Buffer.of(END),
  ];
  return Buffer.concat([head, ...given]);
}

function readOptions(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at + 1 < bytes.length && bytes[at] !== END;) {
    // Padding has no length.
    if (bytes[at] === 0) at++;
    else {
      options.set(bytes[at]!, bytes.subarray(at + 2, at + 2 + bytes[at + 1]!));
      at += 2 + bytes[at + 1]!;
    }
  }
  return options;
}

const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code, value.length), value]);

function addresses(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}
