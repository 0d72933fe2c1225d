import { containsCidr, overlaps, parseCidr, parseNetwork, type Cidr } from './cidr.ts';

/** Mask lengths, both ends included. Source: CreateVpc and CreateVSwitch. */
const VPC_MASKS = { min: 8, max: 28 };
const VSWITCH_MASKS = { min: 16, max: 29 };

export const DEFAULT_VPC_BLOCK = '172.16.0.0/12';

/** Blocks that no VPC or vSwitch may touch: this network, carrier-grade NAT (the cloud's own services), loopback, link-local, multicast and up. */
const RESERVED_BLOCKS = ['0.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map((text) =>
  parseCidr(text)!,
);
const SERVICES_BLOCK = parseCidr('100.64.0.0/10')!;

/** 2-128 characters, first a letter (ASCII or Chinese), no URL: names of VPCs and vSwitches. */
export const isNetworkName = (name: string): boolean =>
  name.length >= 2 && name.length <= 128 && /^[A-Za-z\u4e00-\u9fff]/.test(name) && !isUrl(name);

/** 1-128 characters, no URL: names of routes and peering connections. */
export const isEntryName = (name: string): boolean => name.length >= 1 && name.length <= 128 && !isUrl(name);

/** At most 256 characters, no URL. */
export const isEntryDescription = (text: string): boolean => text.length <= 256 && !isUrl(text);

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

const isOutside = (range: { min: number; max: number }, cidr: Cidr): boolean =>
  cidr.prefix < range.min || cidr.prefix > range.max;

/** The block of a VPC, or what is wrong with `text`. */
export function vpcBlock(text: string): Cidr | 'malformed' | 'mask' {
  const cidr = parseNetwork(text);
  if (!cidr) return 'malformed';
  if (isOutside(VPC_MASKS, cidr)) return 'mask';
  return RESERVED_BLOCKS.some((reserved) => overlaps(reserved, cidr)) ? 'malformed' : cidr;
}

/** The block of a vSwitch in a VPC whose vSwitches have `others`, or what is wrong with `text`. */
export function vSwitchBlock(
  text: string,
  vpc: string,
  others: readonly string[],
): Cidr | 'malformed' | 'mask' | 'outside' | 'overlaps' {
  const cidr = parseNetwork(text);
  if (!cidr) return 'malformed';
  if (isOutside(VSWITCH_MASKS, cidr)) return 'mask';
  if (!containsCidr(parseCidr(vpc)!, cidr)) return 'outside';
  return others.some((other) => overlaps(parseCidr(other)!, cidr)) ? 'overlaps' : cidr;
}

const MAX_USER_BLOCKS = 3;

/** User blocks of a VPC, comma-separated, or what is wrong with them. */
export function userBlocks(text: string): readonly string[] | 'malformed' | 'too many' | 'reserved' {
  const blocks = text.split(',').map((block) => block.trim());
  if (blocks.length > MAX_USER_BLOCKS) return 'too many';
  for (const block of blocks) {
    const cidr = parseNetwork(block);
    if (!cidr || isOutside(VPC_MASKS, cidr)) return 'malformed';
    if (overlaps(SERVICES_BLOCK, cidr)) return 'reserved';
  }
  return blocks;
}
