import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline, type Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../../base/log.ts';
import type { Nic } from '../../machines.ts';
import type { Network } from '../network.ts';
import { createGateway, type Gateway } from './gateway.ts';

export interface UserNetworkParts {
  /** Serves a connection of that guest to the metadata service. */
  onMetadata(instanceId: string, stream: Duplex): void;
  log: Log;
}

/** Ports of public addresses that lead to guests. */
export const FORWARDED_PORTS = [22, 80, 443, 3389, 8080];
const SOCKET = 'net.sock';
/** QEMU puts the length before each frame, in so many bytes. */
const LENGTH_BYTES = 4;
const MOST_FRAME_BYTES = 65_536;
const CONNECT_AGAIN_MS = 100;
/** A guest that reads nothing does not fill memory. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

interface Member {
  nic: Nic;
  gateway: Gateway;
  socket: Socket | null;
  servers: Server[];
  hasLeft: boolean;
}

/**
 * A gateway for each guest in this process, which speaks to QEMU over a unix socket: needs no rights. The guest has the address that the API
 * shows, the metadata service, and some ports of its public address; it reaches nothing else.
 */
export function openUserNetwork({ onMetadata, log }: UserNetworkParts): Network {
  const members = new Map<string, Member>();

  async function leave(instanceId: string): Promise<void> {
    const member = members.get(instanceId);
    if (!member) return;
    members.delete(instanceId);
    member.hasLeft = true;
    member.gateway.close();
    member.socket?.destroy();
    stopForwarding(member);
  }

  function stopForwarding(member: Member): void {
    for (const server of member.servers.splice(0)) server.close();
  }

  /** QEMU listens, also for the next service. */
  async function plugIn(member: Member, path: string): Promise<void> {
    while (!member.hasLeft) {
      const socket = connect(path);
      socket.on('error', () => socket.destroy());
      const isUp = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (isUp) {
        member.socket = socket;
        readFrames(socket, (frame) => member.gateway.take(frame));
        await new Promise((resolve) => socket.once('close', resolve));
      }
      await delay(CONNECT_AGAIN_MS, undefined, { ref: false });
    }
  }

  async function forward(member: Member): Promise<void> {
    const { publicIp, instanceId } = member.nic;
    if (publicIp === null) return;
    for (const port of FORWARDED_PORTS) {
      const server = createServer({ allowHalfOpen: true }, (client) => {
        const guest = member.gateway.connect(port);
        pipeline(client, guest, () => {});
        pipeline(guest, client, () => {});
      });
      try {
        await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, publicIp, resolve));
        member.servers.push(server);
      } catch (error) {
        log.warn({ err: error, instanceId, publicIp, port }, 'a port of a public address can not be forwarded');
      }
    }
  }

  return {
    kind: 'user',
    announcement: [
      `network: user mode; guests reach the metadata service and are reached at TCP ports ${FORWARDED_PORTS.join(', ')} of their public addresses, from this machine. What does not work: guests reaching one another or the internet, security groups`,
    ],
    netdev: async () => [`stream,id=net0,server=on,addr.type=unix,addr.path=${SOCKET}`],
    async prepare() {},
    async join(nic, folder) {
      await leave(nic.instanceId);
      const member: Member = {
        nic,
        socket: null,
        servers: [],
        hasLeft: false,
        gateway: createGateway({
          nic,
          send: (frame) => sendFrame(member.socket, frame),
          onMetadata: (stream) => onMetadata(nic.instanceId, stream),
        }),
      };
      members.set(nic.instanceId, member);
      void plugIn(member, join(folder, SOCKET));
      await forward(member);
    },
    async settle() {},
    async apply() {},
    async readdress(nic) {
      const member = members.get(nic.instanceId);
      if (!member) return;
      member.nic = nic;
      stopForwarding(member);
      await forward(member);
    },
    leave,
    async [Symbol.asyncDispose]() {
      for (const instanceId of members.keys()) await leave(instanceId);
    },
  };
}

function sendFrame(socket: Socket | null, frame: Buffer): void {
  if (!socket?.writable || socket.writableLength > MOST_WAITING_BYTES) return;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(frame.length);
  socket.cork();
  socket.write(length);
  socket.write(frame);
  socket.uncork();
}

function readFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    while (rest.length - at >= LENGTH_BYTES) {
      const length = rest.readUInt32BE(at);
      if (length > MOST_FRAME_BYTES) return void socket.destroy();
      if (rest.length - at < LENGTH_BYTES + length) break;
      take(rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    rest = rest.subarray(at);
  });
}
