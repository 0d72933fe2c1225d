import { BlockList, isIP } from 'node:net';

/** Where no public server is: the IANA special-purpose registries (RFC 6890), multicast, and what carries an IPv4 address inside. */
const RESERVED = new BlockList();
for (const subnet of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]) {
  const [address = '', bits] = subnet.split('/');
  RESERVED.addSubnet(address, Number(bits), 'ipv4');
}
for (const [address, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  RESERVED.addSubnet(address, bits, 'ipv6');

/** All that is given to anybody in IPv6: loopback, link-local, unique local and mapped addresses are not in it. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !RESERVED.check(address, 'ipv4');
  return version === 6 && GLOBAL.check(address, 'ipv6') && !RESERVED.check(address, 'ipv6');
}
