import { createConnection, type Socket } from 'node:net';
import {
  ALLOCATION_CONTEXT,
  CHUNK_DONE,
  CHUNK_HEADER_BYTES,
  ChunkType,
  Command,
  HandshakeFlag,
  Info,
  OPTION_MAGIC,
  Option,
  OptionReply,
  REQUEST_BYTES,
  REQUEST_MAGIC,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from './wire.ts';

export interface NbdClientOptions {
  structuredReplies?: boolean;
  allocationContext?: boolean;
}

/** A client of one connection, for tests: it checks what it is told. Requests may be made side by side. */
export interface NbdClient {
  readonly sizeBytes: number;
  readonly flags: number;
  read(offset: number, length: number, flags?: number): Promise<Buffer>;
  write(offset: number, data: Buffer, flags?: number): Promise<void>;
  writeZeroes(offset: number, length: number, flags?: number): Promise<void>;
  trim(offset: number, length: number, flags?: number): Promise<void>;
  flush(): Promise<void>;
  blockStatus(offset: number, length: number, flags?: number): Promise<{ length: number; flags: number }[]>;
  /** Any request; its reply's payload. */
  request(type: number, flags: number, offset: number, length: number, data?: Buffer): Promise<Reply>;
  /** Says good-bye, and waits for the server to hang up. */
  disconnect(): Promise<void>;
  /** Hangs up at once. */
  destroy(): void;
  readonly ended: Promise<void>;
}

export interface Reply {
  /** Pieces of a READ. */
  data: { offset: number; bytes: Buffer | null; length: number }[];
  extents: { length: number; flags: number }[];
}

/** The server's error number for a request. */
export class NbdError extends Error {
  override readonly name = 'NbdError';
  readonly errno: number;

  constructor(errno: number) {
    super(`NBD error ${errno}`);
    this.errno = errno;
  }
}

/** Throws NbdError with the option reply's type when the server refuses. */
export async function connectNbd(socketPath: string, options: NbdClientOptions = {}): Promise<NbdClient> {
  const socket = createConnection(socketPath);
  const stream = readExactly(socket);
  try {
    const { sizeBytes, flags } = await negotiate(socket, stream.read, options);
    return transmission(socket, stream, sizeBytes, flags, options);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function negotiate(
  socket: Socket,
  read: (length: number) => Promise<Buffer>,
  { structuredReplies = true, allocationContext = structuredReplies }: NbdClientOptions,
): Promise<{ sizeBytes: number; flags: number }> {
  const greeting = await read(18);
  if (greeting.toString('latin1', 0, 16) !== 'NBDMAGICIHAVEOPT') throw new Error('not an NBD server');
  const clientFlags = Buffer.alloc(4);
  clientFlags.writeUInt32BE(HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes);
  socket.write(clientFlags);

  async function ask(option: number, data: Buffer): Promise<{ type: number; body: Buffer }[]> {
    socket.write(encodeOption(option, data));
    const replies = [];
    for (;;) {
      const header = await read(20);
      const reply = { type: header.readUInt32BE(12), body: await read(header.readUInt32BE(16)) };
      replies.push(reply);
      if (reply.type >= 0x8000_0000) throw new NbdError(reply.type);
      if (reply.type === OptionReply.ack) return replies;
    }
  }

  if (structuredReplies) await ask(Option.structuredReply, Buffer.alloc(0));
  if (allocationContext) {
    const query = Buffer.alloc(12 + ALLOCATION_CONTEXT.length);
    query.writeUInt32BE(1, 4);
    query.writeUInt32BE(ALLOCATION_CONTEXT.length, 8);
    query.write(ALLOCATION_CONTEXT, 12);
    await ask(Option.setMetaContext, query);
  }
  const replies = await ask(Option.go, Buffer.alloc(6));
  const info = replies.find(({ type, body }) => type === OptionReply.info && body.readUInt16BE(0) === Info.export);
  if (!info) throw new Error('the server did not describe the export');
  return { sizeBytes: Number(info.body.readBigUInt64BE(2)), flags: info.body.readUInt16BE(10) };
}

export function encodeOption(option: number, data: Buffer): Buffer {
  const header = Buffer.alloc(16);
  OPTION_MAGIC.copy(header);
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(data.length, 12);
  return Buffer.concat([header, data]);
}

export function encodeRequest(type: number, flags: number, cookie: bigint, offset: number, length: number): Buffer {
  const header = Buffer.alloc(REQUEST_BYTES);
  header.writeUInt32BE(REQUEST_MAGIC, 0);
  header.writeUInt16BE(flags, 4);
  header.writeUInt16BE(type, 6);
  header.writeBigUInt64BE(cookie, 8);
  header.writeBigUInt64BE(BigInt(offset), 16);
  header.writeUInt32BE(length, 24);
  return header;
}

interface Waiting {
  type: number;
  offset: number;
  length: number;
  reply: Reply;
  error: number;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

function transmission(
  socket: Socket,
  stream: ReturnType<typeof readExactly>,
  sizeBytes: number,
  flags: number,
  { structuredReplies = true }: NbdClientOptions,
): NbdClient {
  const waiting = new Map<bigint, Waiting>();
  let count = 0n;
  const { read } = stream;
  const receiving = receive().catch((error: unknown) => {
    for (const asked of waiting.values()) asked.reject(error as Error);
    waiting.clear();
  });

  async function receive(): Promise<void> {
    for (;;) {
      const magic = await read(4);
      if (magic.readUInt32BE(0) === SIMPLE_REPLY_MAGIC) await receiveSimple();
      else if (magic.readUInt32BE(0) === STRUCTURED_REPLY_MAGIC) await receiveChunk();
      else throw new Error(`a reply begins with ${magic.toString('hex')}`);
    }
  }

  function find(cookie: bigint): Waiting {
    const asked = waiting.get(cookie);
    if (!asked) throw new Error(`a reply to request ${cookie}, which was not made`);
    return asked;
  }

  async function receiveSimple(): Promise<void> {
    const header = await read(12);
    const cookie = header.readBigUInt64BE(4);
    const asked = find(cookie);
    asked.error = header.readUInt32BE(0);
    if (asked.type === Command.read && structuredReplies) throw new Error('a simple reply to a read');
    if (asked.type === Command.read && asked.error === 0)
      asked.reply.data.push({ offset: asked.offset, length: asked.length, bytes: await read(asked.length) });
    finish(cookie, asked);
  }

  async function receiveChunk(): Promise<void> {
    const header = await read(CHUNK_HEADER_BYTES - 4);
    const cookie = header.readBigUInt64BE(4);
    const asked = find(cookie);
    const type = header.readUInt16BE(2);
    const body = await read(header.readUInt32BE(12));
    if (type === ChunkType.offsetData)
      asked.reply.data.push({
        offset: Number(body.readBigUInt64BE(0)),
        length: body.length - 8,
        bytes: body.subarray(8),
      });
    else if (type === ChunkType.offsetHole)
      asked.reply.data.push({ offset: Number(body.readBigUInt64BE(0)), length: body.readUInt32BE(8), bytes: null });
    else if (type === ChunkType.blockStatus) {
      for (let at = 4; at < body.length; at += 8)
        asked.reply.extents.push({ length: body.readUInt32BE(at), flags: body.readUInt32BE(at + 4) });
    } else if (type & 0x8000) asked.error = body.readUInt32BE(0);
    if (header.readUInt16BE(0) & CHUNK_DONE) finish(cookie, asked);
  }

  function finish(cookie: bigint, asked: Waiting): void {
    waiting.delete(cookie);
    if (asked.error === 0) asked.resolve(asked.reply);
    else asked.reject(new NbdError(asked.error));
  }

  function request(type: number, commandFlags: number, offset: number, length: number, data?: Buffer): Promise<Reply> {
    if (socket.destroyed) return Promise.reject(new Error('the connection has ended'));
    count++;
    const cookie = count;
    const promise = new Promise<Reply>((resolve, reject) => {
      const reply: Reply = { data: [], extents: [] };
      waiting.set(cookie, { type, offset, length, reply, error: 0, resolve, reject });
    });
    socket.write(encodeRequest(type, commandFlags, cookie, offset, length));
    if (data) socket.write(data);
    return promise;
  }

  return {
    sizeBytes,
    flags,
    request,
    ended: stream.ended,
    async read(offset, length, commandFlags = 0) {
      const { data } = await request(Command.read, commandFlags, offset, length);
      const result = Buffer.alloc(length, 0xee);
      let covered = 0;
      for (const piece of data) {
        const at = piece.offset - offset;
        if (piece.bytes) piece.bytes.copy(result, at);
        else result.fill(0, at, at + piece.length);
        covered += piece.length;
      }
      if (covered !== length) throw new Error(`${covered} bytes in reply to a read of ${length}`);
      return result;
    },
    async write(offset, data, commandFlags = 0) {
      await request(Command.write, commandFlags, offset, data.length, data);
    },
    async writeZeroes(offset, length, commandFlags = 0) {
      await request(Command.writeZeroes, commandFlags, offset, length);
    },
    async trim(offset, length, commandFlags = 0) {
      await request(Command.trim, commandFlags, offset, length);
    },
    async flush() {
      await request(Command.flush, 0, 0, 0);
    },
    async blockStatus(offset, length, commandFlags = 0) {
      return (await request(Command.blockStatus, commandFlags, offset, length)).extents;
    },
    async disconnect() {
      socket.write(encodeRequest(Command.disconnect, 0, 0n, 0, 0));
      await stream.ended;
      await receiving;
    },
    destroy: () => socket.destroy(),
  };
}

/** Bytes in order, as many as asked for; throws when the connection ends before. One reader at a time. */
function readExactly(socket: Socket): { read: (length: number) => Promise<Buffer>; ended: Promise<void> } {
  const arrived = { pieces: [] as Buffer[], bytes: 0 };
  let isEnded = false;
  let wake: (() => void) | null = null;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    arrived.pieces.push(bytes as Buffer);
    arrived.bytes += bytes.length;
    wake?.();
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isEnded = true;
      wake?.();
      resolve();
    });
  });
  return {
    ended,
    async read(length) {
      while (arrived.bytes < length) {
        if (isEnded) throw new Error('the server hung up');
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const all = arrived.pieces.length === 1 ? arrived.pieces[0]! : Buffer.concat(arrived.pieces);
      arrived.pieces = all.length > length ? [all.subarray(length)] : [];
      arrived.bytes -= length;
      return all.subarray(0, length);
    },
  };
}
