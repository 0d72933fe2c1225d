import { formatAddress, parseCidr } from './cidr.ts';
import { assert } from '../base/assert.ts';

/** Public addresses are loopback ones, so that they work from this machine and nowhere else. */
const PUBLIC_BLOCK = '127.64.0.0/10';

/** `random` picks one: uniformly over the block, without the addresses that look like a network's or a broadcast one. */
export function publicAddress(random: Uint8Array): string {
  const block = parseCidr(PUBLIC_BLOCK);
  assert(block, 'the public block is well-formed');
  const [high = 0, middle = 0, low = 0] = random;
  const size = block.last - block.first + 1;
  const lastByte = 1 + (low % 254);
  return formatAddress(block.first + ((high * 65536 + middle * 256) % size) + lastByte);
}
