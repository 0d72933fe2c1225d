/** Ethernet frames of IPv4 and ARP, read and written. Sources: RFC 826, 791, 768, 792. */

export const ETHERNET_BYTES = 14;
export const IP_BYTES = 20;
const ARP_BYTES = 28;
export const TYPE_IP = 0x0800;
export const TYPE_ARP = 0x0806;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
/** What most systems begin with. */
export const USUAL_TTL = 64;

export type Mac = Buffer;

export const parseMac = (text: string): Mac => Buffer.from(text.replaceAll(':', ''), 'hex');

export interface Packet {
  sourceMac: Mac;
  protocol: number;
  /** IPv4 addresses as numbers. */
  source: number;
  target: number;
  payload: Buffer;
}

/** Null: no whole, unfragmented IPv4 packet. Senders' checksums are not looked at: nothing comes over a wire here. */
export function readPacket(frame: Buffer): Packet | null {
  if (frame.length < ETHERNET_BYTES + IP_BYTES || frame.readUInt16BE(12) !== TYPE_IP) return null;
  const ip = frame.subarray(ETHERNET_BYTES);
  const headBytes = (ip[0]! & 0x0f) * 4;
  const length = ip.readUInt16BE(2);
  const isFragment = (ip.readUInt16BE(6) & 0x3fff) !== 0;
  if (ip[0]! >> 4 !== 4 || headBytes < IP_BYTES || length < headBytes || length > ip.length || isFragment) return null;
  return {
    sourceMac: frame.subarray(6, 12),
    protocol: ip[9]!,
    source: ip.readUInt32BE(12),
    target: ip.readUInt32BE(16),
    payload: ip.subarray(headBytes, length),
  };
}

export interface Ends {
  sourceMac: Mac;
  targetMac: Mac;
  source: number;
  target: number;
}

export function writePacket(ends: Ends, protocol: number, payload: Buffer, ttl: number = USUAL_TTL): Buffer {
  const frame = Buffer.alloc(ETHERNET_BYTES + IP_BYTES + payload.length);
  ends.targetMac.copy(frame, 0);
  ends.sourceMac.copy(frame, 6);
  frame.writeUInt16BE(TYPE_IP, 12);
  const ip = frame.subarray(ETHERNET_BYTES);
  ip[0] = 0x45;
  ip.writeUInt16BE(IP_BYTES + payload.length, 2);
  // Never in fragments.
  ip.writeUInt16BE(0x4000, 6);
  ip[8] = ttl;
  ip[9] = protocol;
  ip.writeUInt32BE(ends.source, 12);
  ip.writeUInt32BE(ends.target, 16);
  ip.writeUInt16BE(checksum(ip.subarray(0, IP_BYTES)), 10);
  payload.copy(ip, IP_BYTES);
  return frame;
}

/** Of TCP and UDP, over their pseudo header. The field itself must be 0. */
export function transportChecksum({ source, target }: Ends, protocol: number, payload: Buffer): number {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(source, 0);
  head.writeUInt32BE(target, 4);
  head[9] = protocol;
  head.writeUInt16BE(payload.length, 10);
  return checksum(payload, sum(head));
}

/** The Internet checksum (RFC 1071). */
export const checksum = (bytes: Buffer, before = 0): number => {
  let total = before + sum(bytes);
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
};

function sum(bytes: Buffer): number {
  let total = 0;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  return even === bytes.length ? total : total + (bytes[even]! << 8);
}

export function writeUdp(ends: Ends, sourcePort: number, targetPort: number, payload: Buffer): Buffer {
  const datagram = Buffer.alloc(8 + payload.length);
  datagram.writeUInt16BE(sourcePort, 0);
  datagram.writeUInt16BE(targetPort, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  payload.copy(datagram, 8);
  datagram.writeUInt16BE(transportChecksum(ends, PROTOCOL_UDP, datagram) || 0xffff, 6);
  return writePacket(ends, PROTOCOL_UDP, datagram);
}

/** The answer to an ARP request for `address`, that `mac` has it; null for anything else. */
export function answerArp(frame: Buffer, address: number, mac: Mac): Buffer | null {
  const arp = frame.subarray(ETHERNET_BYTES, ETHERNET_BYTES + ARP_BYTES);
  const isRequest = arp.length === ARP_BYTES && arp.readUInt16BE(2) === TYPE_IP && arp.readUInt16BE(6) === 1;
  if (!isRequest || arp.readUInt32BE(24) !== address) return null;
  const answer = Buffer.alloc(ETHERNET_BYTES + ARP_BYTES);
  arp.copy(answer, 0, 8, 14);
  mac.copy(answer, 6);
  answer.writeUInt16BE(TYPE_ARP, 12);
  const body = answer.subarray(ETHERNET_BYTES);
  arp.copy(body, 0, 0, 6);
  body.writeUInt16BE(2, 6);
  mac.copy(body, 8);
  body.writeUInt32BE(address, 14);
  arp.copy(body, 18, 8, 18);
  return answer;
}
