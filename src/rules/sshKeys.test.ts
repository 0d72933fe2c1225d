import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSshKey, rsaSshKey } from './sshKeys.ts';

/** Made by ssh-keygen of OpenSSH 9.2, fingerprints by `ssh-keygen -l -E md5`. */
const KEYS = [
  {
    line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHcV9LebBzusxc7JDiRaFvRDNkXmqbzuF/L3Nv6iDH9d test@tongjing',
    fingerprint: '50bd9074aa007ed245aa09ff03e5924e',
  },
  {
    line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDS4AsrPahAmUc9Lglcfd3sOodDDgevjEMzfAipDnkeYPI7vN0NVTxDMPQ6TNgxCxbOlN+5FtKyrp8tcPABMP8lx/GdG9YEoA9lCOan7Tx4lnqHab6lTYeok3pOMWfesjUVrRUPHJ/5ieK+/wRVmyM8u1cfgq0lbDuPSkzoOCP43E/w21a2jAWnaUq/W6qj7IopV3HKefNP3u7shQq6vOYddP4PbsTV1ote1mVXy8QvkarGJIINQRnWHwpnvrvFvRKSmAfLuF6AqAeKMMRaoGXx7jUDPKGcUKwl55DsVhxRTYwkUTJF+2mmssNTSD5maB7oE+1fznAqp1FDocYOJQNX test@tongjing',
    fingerprint: '8ae8a11f0bd8e5879deaa04a15f4a039',
  },
  {
    line: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGyFVVvQAvVcSslvrJ2PQ7qOezwOjtEfJs5cQCWz3XbuVDaAijIpx/zrZ2PU+oBycnk5F23qe4Fs9ThcvhndORg= test@tongjing',
    fingerprint: '2bd665c77b5572892c0999dbee1dc2a8',
  },
  {
    line: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBKTNn+q2VwlTv0FTViXku4wVGeb2dI77ciyTG0/0qL/hs3VEs8yTFxgdlG8qjTbXC43yO2p4JZ/S9RNRa+L3cLczQI1M5LnvOvSYSvtQrFulTD2KMX47AaaKAXc1t+bLGw== test@tongjing',
    fingerprint: 'bf5334e5f1d7fc28b70412c81550c747',
  },
  {
    line: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGtLAli2tHpI4oAqISWsulK+p3d/W4A7kvLMw7pkIdd1MkF41sBMT7Cvg4t6i2f1oiZ3tLWA3ZeYrfJcgkI8nPoJgGOz+znlVpJ/hWDsku9gWKLYK43Gd/0qn/SACpxw5d+ynahUQH2lISX+eLIfLu/aMwATZDuA7j84vqhRRmHwytWNQ== test@tongjing',
    fingerprint: '4e0445eafed7a245e79c130841e0a502',
  },
];

const field = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};
const lineOf = (type: string, ...fields: (Uint8Array | string)[]): string =>
  `${type} ${Buffer.concat([field(type), ...fields.map(field)]).toString('base64')}`;

test('keys of every usable type are read, with the fingerprint that OpenSSH prints', () => {
  for (const { line, fingerprint } of KEYS) {
    assert.deepEqual(parseSshKey(`${line}\n`), { line, fingerprint }, line.slice(0, 30));
  }
});

test('a key survives without its comment and with a long one', () => {
  const [type, encoded] = KEYS[0]!.line.split(' ');
  assert.equal(parseSshKey(`${type} ${encoded}`)?.line, `${type} ${encoded}`);
  assert.equal(parseSshKey(`${type}  ${encoded}  a b  c`)?.line, `${type} ${encoded} a b  c`);
});

test('anything but one plain key is refused', () => {
  const [type, encoded] = KEYS[0]!.line.split(' ');
  const bad = [
    '',
    'ssh-rsa',
    `${type}`,
    `${type} !!!`,
    `command="rm -rf /" ${type} ${encoded}`,
    `no-pty ${type} ${encoded}`,
    `${type} ${encoded}\n${type} ${encoded}`,
    `${type} ${encoded} comment\r\nroot::0:0`,
    `${type} ${encoded} \u0000`,
    `${type}\t${encoded}`,
    `ssh-ed25519 ${KEYS.find(({ line }) => line.startsWith('ssh-rsa'))!.line.split(' ')[1]}`,
    `${type} ${encoded!.slice(0, -8)}`,
    `${type} ${Buffer.concat([Buffer.from(encoded!, 'base64'), Buffer.from([0])]).toString('base64')}`,
    `${type} ${encoded} ${'x'.repeat(20_000)}`,
    '-----BEGIN PUBLIC KEY-----',
    '-----BEGIN RSA PRIVATE KEY-----',
  ];
  for (const text of bad) assert.equal(parseSshKey(text), null, JSON.stringify(text.slice(0, 60)));
});

test('weak and broken keys are refused', () => {
  const three = Buffer.from([3]);
  const modulus = (bytes: number) => Buffer.concat([Buffer.from([0]), Buffer.alloc(bytes, 0xff)]);
  assert.ok(parseSshKey(lineOf('ssh-rsa', three, modulus(128))));
  const bad = {
    'a modulus of 512 bits': lineOf('ssh-rsa', three, modulus(64)),
    'a modulus of 16400 bits': lineOf('ssh-rsa', three, modulus(2050)),
    'an even modulus': lineOf('ssh-rsa', three, Buffer.concat([modulus(255), Buffer.from([0xfe])])),
    'exponent 1': lineOf('ssh-rsa', Buffer.from([1]), modulus(256)),
    'an even exponent': lineOf('ssh-rsa', Buffer.from([4]), modulus(256)),
    'a negative modulus': lineOf('ssh-rsa', three, Buffer.alloc(256, 0xff)),
    'a padded modulus': lineOf('ssh-rsa', three, Buffer.concat([Buffer.from([0, 0]), Buffer.alloc(256, 0xff)])),
    'an empty modulus': lineOf('ssh-rsa', three, ''),
    'no modulus': lineOf('ssh-rsa', three),
    'a short ed25519 key': lineOf('ssh-ed25519', Buffer.alloc(31)),
    'two ed25519 keys': lineOf('ssh-ed25519', Buffer.alloc(32), Buffer.alloc(32)),
    'a point off the curve': lineOf(
      'ecdsa-sha2-nistp256',
      'nistp256',
      Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]),
    ),
    'a curve of another type': lineOf(
      'ecdsa-sha2-nistp256',
      'nistp384',
      Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]),
    ),
    'a compressed point': lineOf(
      'ecdsa-sha2-nistp256',
      'nistp256',
      Buffer.concat([Buffer.from([2]), Buffer.alloc(32, 7)]),
    ),
    DSA: lineOf('ssh-dss', modulus(128), modulus(20), modulus(128), modulus(128)),
    'an unknown type': lineOf('constructor', 'x'),
  };
  for (const [what, line] of Object.entries(bad)) assert.equal(parseSshKey(line), null, what);
});

test('an RSA key written here is read back', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const key = rsaSshKey({ n: Buffer.from(n!, 'base64url'), e: Buffer.from(e!, 'base64url') });
  assert.deepEqual(parseSshKey(key.line), key);
});

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom('ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256'),
      (bytes, type) => {
        parseSshKey(`${type} ${Buffer.concat([field(type), bytes]).toString('base64')}`);
        parseSshKey(Buffer.from(bytes).toString('latin1'));
      },
    ),
  );
});
