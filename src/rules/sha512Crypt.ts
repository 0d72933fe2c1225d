import { createHash } from 'node:crypto';

/** Rounds when none are named; the text then leaves them out. */
const DEFAULT_ROUNDS = 5000;
const MIN_ROUNDS = 1000;
const MAX_ROUNDS = 999_999_999;
const MAX_SALT_LENGTH = 16;
const DIGEST_BYTES = 64;
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The password as /etc/shadow holds it: `$6$<salt>$<86 characters>`, SHA-512 crypt.
 * Source: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512"; step numbers below are his.
 */
export function sha512Crypt(password: string, salt: string, rounds?: number): string {
  const key = Buffer.from(password, 'utf8');
  const saltBytes = Buffer.from(salt.slice(0, MAX_SALT_LENGTH), 'latin1');
  const count = Math.min(MAX_ROUNDS, Math.max(MIN_ROUNDS, rounds ?? DEFAULT_ROUNDS));

  // 4-8
  const alternate = sha512(key, saltBytes, key);
  // 1-3, 9-12
  const first: Buffer[] = [key, saltBytes, repeat(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) first.push(bits & 1 ? alternate : key);
  let digest = sha512(...first);

  // 13-16: as many bytes as the password has
  const p = repeat(sha512(...Array<Buffer>(key.length).fill(key)), key.length);
  // 17-20
  const s = repeat(sha512(...Array<Buffer>(16 + digest[0]!).fill(saltBytes)), saltBytes.length);

  // 21
  for (let round = 0; round < count; round++) {
    const parts = [round & 1 ? p : digest];
    if (round % 3) parts.push(s);
    if (round % 7) parts.push(p);
    parts.push(round & 1 ? digest : p);
    digest = sha512(...parts);
  }
  const named = rounds === undefined ? '' : `rounds=${count}$`;
  return `$6$${named}${saltBytes.toString('latin1')}$${encode(digest)}`;
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The digest over and over, cut at `length` bytes. */
const repeat = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest);

/** 22: three bytes give four characters, taken in the order 0 21 42, 22 43 1, 44 2 23 …; the last byte gives two. */
function encode(digest: Buffer): string {
  let text = '';
  let [a, b, c] = [0, 21, 42];
  while (text.length < 84) {
    text += letters((digest[a]! << 16) | (digest[b]! << 8) | digest[c]!, 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return text + letters(digest[DIGEST_BYTES - 1]!, 2);
}

function letters(value: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += ALPHABET[(value >> (6 * i)) & 63];
  return text;
}
