import { createHash, createPublicKey } from 'node:crypto';

/**
 * Public keys as OpenSSH writes them: `<type> <base64 of the wire form> [comment]` on one line (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4).
 * An imported line ends up in a guest's authorized_keys, so nothing but a plain key passes: no options before it, no second line, no
 * control characters, and the wire form must be what its type says, to the last byte.
 */
export interface SshKey {
  /** Type and base64, and the comment if there was one. */
  line: string;
  /** MD5 of the wire form, 32 hex digits. */
  fingerprint: string;
}

const MAX_LINE_LENGTH = 16 * 1024;
const RSA_BITS = { min: 1024, max: 16384 };

/** ECDSA types with their curve's names in SSH and in JWK, and the bytes of a coordinate. */
const CURVES: Readonly<Record<string, { ssh: string; jwk: string; bytes: number }>> = {
  'ecdsa-sha2-nistp256': { ssh: 'nistp256', jwk: 'P-256', bytes: 32 },
  'ecdsa-sha2-nistp384': { ssh: 'nistp384', jwk: 'P-384', bytes: 48 },
  'ecdsa-sha2-nistp521': { ssh: 'nistp521', jwk: 'P-521', bytes: 66 },
};

/** The key on the line, or null when it is none that can be used: rsa of 1024 to 16384 bits, ed25519, ecdsa on the three NIST curves. */
export function parseSshKey(text: string): SshKey | null {
  const line = text.trim();
  if (line.length > MAX_LINE_LENGTH || /[\p{Cc}\u2028\u2029]/u.test(line)) return null;
  const match = /^(\S+) +(\S+)(?: +(.*))?$/.exec(line);
  if (!match) return null;
  const [, type = '', encoded = '', comment = ''] = match;
  const wire = Buffer.from(encoded, 'base64');
  if (wire.toString('base64') !== encoded) return null;
  const fields = wireFields(wire);
  if (!fields || fields[0]?.toString('latin1') !== type || !isUsable(type, fields.slice(1))) return null;
  return { line: `${type} ${encoded}${comment && ` ${comment}`}`, fingerprint: fingerprintOf(wire) };
}

/** The OpenSSH form of an RSA public key. */
export function rsaSshKey(key: { n: Uint8Array; e: Uint8Array }): SshKey {
  const wire = Buffer.concat([Buffer.from('ssh-rsa'), mpint(key.e), mpint(key.n)].flatMap(lengthPrefixed));
  return { line: `ssh-rsa ${wire.toString('base64')}`, fingerprint: fingerprintOf(wire) };
}

const fingerprintOf = (wire: Uint8Array): string => createHash('md5').update(wire).digest('hex');

function lengthPrefixed(field: Uint8Array): [Buffer, Uint8Array] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return [length, field];
}

/** A positive number: a zero byte before a set top bit, which else would be the sign. */
const mpint = (bytes: Uint8Array): Uint8Array => (bytes[0]! >= 0x80 ? Uint8Array.of(0, ...bytes) : bytes);

/** The length-prefixed fields, or null unless they fill the bytes exactly. */
function wireFields(wire: Buffer): Buffer[] | null {
  const fields: Buffer[] = [];
  let at = 0;
  while (at < wire.length) {
    if (at + 4 > wire.length) return null;
    const end = at + 4 + wire.readUInt32BE(at);
    if (end > wire.length) return null;
    fields.push(wire.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function isUsable(type: string, fields: readonly Buffer[]): boolean {
  if (type === 'ssh-rsa') return isUsableRsa(fields);
  if (type === 'ssh-ed25519') return fields.length === 1 && fields[0]!.length === 32;
  const curve = Object.hasOwn(CURVES, type) ? CURVES[type]! : null;
  const [name, point] = fields;
  if (!curve || fields.length !== 2 || name!.toString('latin1') !== curve.ssh) return false;
  if (point!.length !== 1 + 2 * curve.bytes || point![0] !== 4) return false;
  const x = point!.subarray(1, 1 + curve.bytes).toString('base64url');
  const y = point!.subarray(1 + curve.bytes).toString('base64url');
  return isKey({ kty: 'EC', crv: curve.jwk, x, y });
}

function isUsableRsa(fields: readonly Buffer[]): boolean {
  if (fields.length !== 2) return false;
  const [e, n] = fields.map(positive);
  if (!e || !n) return false;
  const bits = n.length * 8 - Math.clz32(n[0]!) + 24;
  const isOdd = (number: Buffer) => (number.at(-1)! & 1) === 1;
  if (bits < RSA_BITS.min || bits > RSA_BITS.max || !isOdd(n) || !isOdd(e)) return false;
  if (e.length > 8 || (e.length === 1 && e[0]! < 3)) return false;
  return isKey({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') });
}

/** The bytes of a positive mpint in its shortest form, without the sign byte; null for any other. */
function positive(field: Buffer): Buffer | null {
  if (field.length === 0 || field[0]! >= 0x80) return null;
  if (field[0] !== 0) return field;
  return field.length > 1 && field[1]! >= 0x80 ? field.subarray(1) : null;
}

/** Node refuses what is no key, such as a point that is not on its curve. */
function isKey(key: { kty: string } & Record<string, string>): boolean {
  try {
    createPublicKey({ key, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
