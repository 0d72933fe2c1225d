import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { parseAddress } from '../../../rules/cidr.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP, parseMac, readPacket, writePacket, writeUdp, type Ends } from './frames.ts';
import { createGateway, METADATA_ADDRESS, type Gateway } from './gateway.ts';
import { Flag, readSegment, TcpStream, writeSegment } from './tcp.ts';

const OWN = parseAddress('172.16.1.7')!;
const GATEWAY = parseAddress('172.16.1.253')!;
const MAC = parseMac('00:16:3e:00:00:01');
const ALL = parseMac('ff:ff:ff:ff:ff:ff');
const nic = {
  instanceId: 'i-1',
  macAddress: '00:16:3e:00:00:01',
  privateIp: '172.16.1.7',
  cidrBlock: '172.16.1.0/24',
  vpcId: 'vpc-1',
  publicIp: null,
};
const ends: Ends = { sourceMac: MAC, targetMac: ALL, source: OWN, target: METADATA_ADDRESS };

/** A gateway with what it sent, and what asked for metadata. */
function plugIn(hear: (frame: Buffer) => void = () => {}) {
  const sent: Buffer[] = [];
  const asked: Duplex[] = [];
  const gateway = createGateway({
    nic,
    send: (frame) => {
      sent.push(frame);
      hear(frame);
    },
    onMetadata: (stream) => void asked.push(stream),
  });
  return { gateway, sent, asked };
}

/** The guest's end of a connection, over the same code; each frame that `lose` wants is lost. */
function guestStream(lose: () => boolean, answer: (stream: Duplex) => void) {
  let guest: TcpStream | null = null;
  const gateway: Gateway = createGateway({
    nic,
    send: (frame) =>
      setImmediate(() => {
        if (!lose()) guest?.hear(readSegment(readPacket(frame)!.payload)!);
      }),
    onMetadata: answer,
  });
  guest = new TcpStream({
    localPort: 40_000,
    guestPort: 80,
    request: null,
    send: (segment) => {
      const frame = writePacket(ends, PROTOCOL_TCP, writeSegment(segment));
      setImmediate(() => !lose() && gateway.take(frame));
    },
  });
  return { guest, gateway };
}

/** All that comes until the end. Unlike `node:stream/consumers` it leaves the other direction open. */
const read = (stream: Duplex): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.once('end', () => resolve(Buffer.concat(pieces))).once('error', reject);
  });

function dhcp(kind: number, wanted?: number): Buffer {
  const message = Buffer.alloc(300);
  message[0] = 1;
  message.writeUInt32BE(0x63825363, 236);
  message.set([53, 1, kind], 240);
  if (wanted === undefined) message[243] = 255;
  else {
    message.set([50, 4], 243);
    message.writeUInt32BE(wanted, 245);
    message[249] = 255;
  }
  return writeUdp({ ...ends, source: 0, target: 0xffff_ffff }, 68, 67, message);
}

const answerOf = (frame: Buffer | undefined): { kind: number; address: number } => {
  const message = readPacket(frame!)!.payload.subarray(8);
  return { kind: message[242]!, address: message.readUInt32BE(16) };
};

test('DHCP gives the address that the API shows, and refuses another', () => {
  const { gateway, sent } = plugIn();
  gateway.take(dhcp(1));
  gateway.take(dhcp(3, OWN));
  gateway.take(dhcp(3, OWN + 1));
  assert.deepEqual(sent.map(answerOf), [
    { kind: 2, address: OWN },
    { kind: 5, address: OWN },
    { kind: 6, address: 0 },
  ]);
});

test('what a guest says in another’s name, or malformed, is not answered', () => {
  const { gateway, sent, asked } = plugIn();
  const syn = writeSegment({
    sourcePort: 40_000,
    targetPort: 80,
    sequence: 1,
    acknowledged: 0,
    flags: Flag.syn,
    window: 1000,
    payload: Buffer.alloc(0),
  });
  gateway.take(writePacket({ ...ends, source: OWN + 1 }, PROTOCOL_TCP, syn));
  gateway.take(writePacket({ ...ends, sourceMac: parseMac('00:16:3e:00:00:02') }, PROTOCOL_TCP, syn));
  const whole = writePacket(ends, PROTOCOL_TCP, syn);
  for (let length = 0; length < whole.length; length++) gateway.take(whole.subarray(0, length));
  gateway.take(writePacket(ends, PROTOCOL_UDP, Buffer.alloc(4)));
  assert.deepEqual([sent.length, asked.length], [0, 0]);
});

test('any port but the metadata service’s is refused', () => {
  const { gateway, sent, asked } = plugIn();
  const to = (target: number, targetPort: number) =>
    gateway.take(
      writePacket(
        { ...ends, target },
        PROTOCOL_TCP,
        writeSegment({
          sourcePort: 40_000,
          targetPort,
          sequence: 1,
          acknowledged: 0,
          flags: Flag.syn,
          window: 1000,
          payload: Buffer.alloc(0),
        }),
      ),
    );
  to(METADATA_ADDRESS, 22);
  to(GATEWAY, 80);
  to(parseAddress('8.8.8.8')!, 443);
  const flags = sent.map((frame) => readSegment(readPacket(frame)!.payload)!.flags);
  assert.deepEqual(flags, [Flag.rst | Flag.ack, Flag.rst | Flag.ack, Flag.rst | Flag.ack]);
  assert.equal(asked.length, 0);
});

test('a connection carries both ways whole, half closed first by the guest', async () => {
  const question = Buffer.alloc(300_000, 'question ');
  const reply = Buffer.alloc(500_000, 'reply ');
  const heard: Promise<Buffer>[] = [];
  const { guest } = guestStream(
    () => false,
    (stream) => {
      heard.push(read(stream));
      stream.once('end', () => stream.end(reply));
    },
  );
  guest.end(question);
  assert.ok((await read(guest)).equals(reply));
  assert.ok((await heard[0]!).equals(question));
});

test('lost frames are sent again', async () => {
  let count = 0;
  const { guest } = guestStream(
    // The first request, its answer, and some later ones.
    () => [0, 2, 7, 12].includes(count++),
    (stream) => {
      read(stream).then((said) => stream.end(String(said).toUpperCase()), assert.fail);
    },
  );
  guest.end('all of it '.repeat(2000));
  assert.equal(String(await read(guest)), 'ALL OF IT '.repeat(2000));
});

test('closing the gateway cuts what is open', async () => {
  const { guest, gateway } = guestStream(
    () => false,
    () => gateway.close(),
  );
  guest.write('hello');
  await assert.rejects(read(guest), /reset the connection/);
});
