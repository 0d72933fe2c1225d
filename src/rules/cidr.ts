/**
 * IPv4 address blocks as VPCs, vSwitches and security group rules use them. Addresses are unsigned 32-bit numbers inside,
 * dotted text outside.
 */
export interface Cidr {
  /** First address of the block. */
  first: number;
  /** Last address of the block. */
  last: number;
  /** Mask length, 0 … 32. */
  prefix: number;
}

/** A vSwitch keeps its first address and its last three for the system. Source: "Create and manage a vSwitch". */
const RESERVED_AT_START = 1;
const RESERVED_AT_END = 3;

/** The number of dotted text, or null: four decimal parts without leading zeros. */
export function parseAddress(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let address = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    address = address * 256 + Number(part);
  }
  return address;
}

export const formatAddress = (address: number): string =>
  [address / 2 ** 24, address / 2 ** 16, address / 2 ** 8, address]
    .map((shifted) => Math.floor(shifted) % 256)
    .join('.');

/** The block that `text` (`10.0.0.0/8`) lies in, or null when it is malformed. Host bits are dropped: `10.1.2.3/8` is `10.0.0.0/8`. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const mask = text.slice(slash + 1);
  if (slash < 0 || !/^(?:0|[1-9]\d?)$/.test(mask) || Number(mask) > 32) return null;
  const address = parseAddress(text.slice(0, slash));
  if (address === null) return null;
  const prefix = Number(mask);
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1, prefix };
}

/** As `parseCidr`, but null also when host bits are set: the form that VPCs and vSwitches must have. */
export function parseNetwork(text: string): Cidr | null {
  const cidr = parseCidr(text);
  return cidr && formatCidr(cidr) === text ? cidr : null;
}

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.first)}/${cidr.prefix}`;

/** Every address of `inner` is in `outer`. */
export const containsCidr = (outer: Cidr, inner: Cidr): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;

/** The `n`-th address of the block, from 0. */
export function nthAddress(cidr: Cidr, n: number): number | null {
  const address = cidr.first + n;
  return n >= 0 && address <= cidr.last ? address : null;
}

/** Whether a vSwitch of this block keeps `address` for the system. */
export const isReserved = (cidr: Cidr, address: number): boolean =>
  address < cidr.first + RESERVED_AT_START || address > cidr.last - RESERVED_AT_END;

/** How many addresses a vSwitch of this block can give to interfaces. */
export const usableAddresses = (cidr: Cidr): number =>
  Math.max(0, cidr.last - cidr.first + 1 - RESERVED_AT_START - RESERVED_AT_END);

/** Whether a vSwitch of `block` may give `address` to an interface: inside it and not reserved. Malformed text is not. */
export function isUsableAddress(block: string, address: string): boolean {
  const cidr = parseCidr(block);
  const number = parseAddress(address);
  if (!cidr || number === null) return false;
  return number >= cidr.first && number <= cidr.last && !isReserved(cidr, number);
}

/** The lowest address of the vSwitch block that is neither reserved nor in `taken`, or null when it is full. */
export function nextFreeAddress(block: string, taken: ReadonlySet<string>): string | null {
  const cidr = parseCidr(block);
  if (!cidr) return null;
  for (let address = cidr.first + RESERVED_AT_START; address <= cidr.last - RESERVED_AT_END; address++) {
    const text = formatAddress(address);
    if (!taken.has(text)) return text;
  }
  return null;
}
