import { formatAddress, parseCidr } from '../../../rules/cidr.ts';
import { assert } from '../../../base/assert.ts';

export const METADATA = '100.100.100.200';
/** The cloud's own name servers. */
export const NAME_SERVERS = ['100.100.2.136', '100.100.2.138'];
/** Which guests see what comes from this machine to come from. The cloud keeps 100.64.0.0/10 for its own services. */
export const HOST = '100.64.0.1';
/** Of the namespaces' ends of links; they don't hold the services' addresses. */
export const LINKS = '100.64.0.0/11';
/** How far from the end of a vSwitch its gateway is. */
const GATEWAY_FROM_END = 2;

export interface Subnet {
  first: string;
  mask: string;
  prefix: number;
  gateway: string;
}

export function subnetOf(cidrBlock: string): Subnet {
  const cidr = parseCidr(cidrBlock);
  assert(cidr, `${cidrBlock} is a block`);
  return {
    first: formatAddress(cidr.first),
    mask: formatAddress((0xffff_ffff << (32 - cidr.prefix)) >>> 0),
    prefix: cidr.prefix,
    gateway: formatAddress(cidr.last - GATEWAY_FROM_END),
  };
}
