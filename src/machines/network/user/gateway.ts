import type { Duplex } from 'node:stream';
import { parseAddress, parseCidr } from '../../../rules/cidr.ts';
import { assert } from '../../../base/assert.ts';
import type { Nic } from '../../machines.ts';
import { answerDhcp } from './dhcp.ts';
import {
  answerArp,
  checksum,
  parseMac,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  readPacket,
  transportChecksum,
  writePacket,
  writeUdp,
  type Ends,
  type Packet,
} from './frames.ts';
import { Flag, readSegment, refusal, TcpStream, writeSegment, type Segment } from './tcp.ts';

/** What a guest's card is plugged into: it knows this guest alone. */
export interface Gateway {
  /** A frame from the guest. */
  take(frame: Buffer): void;
  /** A connection to a port of the guest. */
  connect(guestPort: number): Duplex;
  close(): void;
}

export interface GatewayParts {
  nic: Nic;
  /** To the guest. */
  send(frame: Buffer): void;
  /** The guest connected to the metadata service. */
  onMetadata(stream: Duplex): void;
}

export const METADATA_ADDRESS = 0x6464_64c8;
/** The cloud's own name servers; here they refuse each question at once. */
const DNS_ADDRESSES = [0x6464_0288, 0x6464_028a];
const GATEWAY_MAC = 'ee:ff:ff:ff:ff:ff';
const HTTP_PORT = 80;
const MOST_CONNECTIONS = 256;
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
/** How far from the end of a vSwitch its gateway is. */
const GATEWAY_FROM_END = 2;

export function createGateway({ nic, send, onMetadata }: GatewayParts): Gateway {
  const cidr = parseCidr(nic.cidrBlock);
  const own = parseAddress(nic.privateIp);
  assert(cidr && own !== null, `${nic.privateIp} in ${nic.cidrBlock}`);
  const gatewayAddress = cidr.last - GATEWAY_FROM_END;
  const mask = (0xffff_ffff << (32 - cidr.prefix)) >>> 0;
  const lease = { address: own, mask, gateway: gatewayAddress, dns: DNS_ADDRESSES };
  const guestMac = parseMac(nic.macAddress);
  const gatewayMac = parseMac(GATEWAY_MAC);
  const connections = new Map<string, TcpStream>();
  let lastPort = LAST_PORT;

  const toGuest = (source: number, target: number = own): Ends => ({
    sourceMac: gatewayMac,
    targetMac: guestMac,
    source,
    target,
  });
  const nameOf = (address: number, port: number, guestPort: number) => `${address}:${port}:${guestPort}`;

  function take(frame: Buffer): void {
    const arp = answerArp(frame, gatewayAddress, gatewayMac);
    if (arp) return send(arp);
    const packet = readPacket(frame);
    // Only what the guest says in its own name.
    if (!packet?.sourceMac.equals(guestMac)) return;
    if (packet.protocol === PROTOCOL_UDP) return takeUdp(packet);
    if (packet.source !== own) return;
    if (packet.protocol === PROTOCOL_TCP) takeTcp(packet);
    else if (packet.protocol === PROTOCOL_ICMP) takeIcmp(packet);
  }

  function takeUdp({ source, target, payload }: Packet): void {
    if (payload.length < 8) return;
    const [port, body] = [payload.readUInt16BE(2), payload.subarray(8)];
    if (port === 67) {
      const answer = answerDhcp(body, lease);
      // Before it has an address, it hears only what is for all.
      if (answer) send(writeUdp(toGuest(gatewayAddress, source === own ? own : 0xffff_ffff), 67, 68, answer));
    } else if (port === 53 && source === own && DNS_ADDRESSES.includes(target) && body.length >= 12) {
      const answer = Buffer.from(body);
      // An answer, that says: refused.
      answer.writeUInt16BE((body.readUInt16BE(2) & 0x7900) | 0x8085, 2);
      answer.fill(0, 6, 12);
      send(writeUdp(toGuest(target), 53, payload.readUInt16BE(0), answer));
    }
  }

  function takeIcmp({ target, payload }: Packet): void {
    const isEcho = payload.length >= 8 && payload[0] === 8;
    if (!isEcho || (target !== gatewayAddress && target !== METADATA_ADDRESS)) return;
    const answer = Buffer.from(payload);
    answer[0] = 0;
    answer.writeUInt16BE(0, 2);
    answer.writeUInt16BE(checksum(answer), 2);
    send(writePacket(toGuest(target), PROTOCOL_ICMP, answer));
  }

  function takeTcp({ target, payload }: Packet): void {
    const segment = readSegment(payload);
    if (!segment) return;
    const name = nameOf(target, segment.targetPort, segment.sourcePort);
    const known = connections.get(name);
    if (known) return known.hear(segment);
    const isRequest = (segment.flags & (Flag.syn | Flag.ack | Flag.rst)) === Flag.syn;
    const isWanted = target === METADATA_ADDRESS && segment.targetPort === HTTP_PORT;
    if (isRequest && isWanted && connections.size < MOST_CONNECTIONS) {
      onMetadata(open(target, segment.targetPort, segment.sourcePort, segment));
      return;
    }
    const answer = refusal(segment);
    if (answer) sendSegment(target, answer);
  }

  function open(address: number, localPort: number, guestPort: number, request: Segment | null): TcpStream {
    const name = nameOf(address, localPort, guestPort);
    const stream = new TcpStream({
      localPort,
      guestPort,
      request,
      send: (segment, hopLimit) => sendSegment(address, segment, hopLimit),
    });
    connections.set(name, stream);
    stream.on('error', () => {});
    stream.once('over', () => connections.delete(name));
    return stream;
  }

  function sendSegment(address: number, segment: Segment, hopLimit?: number): void {
    const ends = toGuest(address);
    const bytes = writeSegment(segment);
    bytes.writeUInt16BE(transportChecksum(ends, PROTOCOL_TCP, bytes), 16);
    send(writePacket(ends, PROTOCOL_TCP, bytes, hopLimit));
  }

  return {
    take,
    connect(guestPort) {
      do lastPort = lastPort >= LAST_PORT ? FIRST_PORT : lastPort + 1;
      while (connections.has(nameOf(gatewayAddress, lastPort, guestPort)));
      return open(gatewayAddress, lastPort, guestPort, null);
    },
    close() {
      for (const stream of connections.values()) stream.destroy();
    },
  };
}
