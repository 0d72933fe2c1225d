import { randomFillSync } from 'node:crypto';

/** Every identifier that the service makes. `random` is injected: a seeded source replays a test run. */
export interface Ids {
  /** `<prefix>-<infix><base 36>`, 20 characters after the hyphen (21 for the vpc family), as the vendor's ids are; `infix` is the region's. */
  resource(prefix: string, infix: string): string;
  /** Upper-case UUID v4, as RequestId. */
  request(): string;
  /** 16 digits, never starting with 0; below 2^53, since some responses show it as a JSON number. */
  account(): string;
  /** `LTAI…`, 24 characters. */
  accessKeyId(): string;
  /** 30 letters and digits. */
  accessKeySecret(): string;
  /** `length` characters of [0-9a-z]. */
  text(length: number): string;
}

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE62 = BASE36 + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LONGER_PREFIXES = new Set(['vpc', 'vsw', 'vrt', 'vtb']);

const POOL_BYTES = 4096;

/** Random bytes, fetched many at a time: a call of the system's source costs as much as a small query. */
function randomBytes(): (size: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (size) => {
    if (used + size > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += size;
    return pool.slice(used - size, used);
  };
}

export function createIds(random: (size: number) => Uint8Array = randomBytes()): Ids {
  const pick = (alphabet: string, length: number): string => {
    let out = '';
    while (out.length < length) {
      for (const byte of random(length)) {
        // Bytes above the last whole multiple would favour the first letters.
        if (byte < 256 - (256 % alphabet.length) && out.length < length) out += alphabet[byte % alphabet.length];
      }
    }
    return out;
  };
  return {
    resource(prefix, infix) {
      const length = LONGER_PREFIXES.has(prefix) ? 21 : 20;
      return `${prefix}-${infix}${pick(BASE36, length - infix.length)}`;
    },
    request() {
      const bytes = Uint8Array.from(random(16));
      bytes[6] = (bytes[6]! & 0x0f) | 0x40;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = Buffer.from(bytes).toString('hex').toUpperCase();
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    },
    account: () => pick('12345678', 1) + pick('0123456789', 15),
    accessKeyId: () => `LTAI5t${pick(BASE62, 18)}`,
    accessKeySecret: () => pick(BASE62, 30),
    text: (length) => pick(BASE36, length),
  };
}
