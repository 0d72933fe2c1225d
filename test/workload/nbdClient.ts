import { connect, type Socket } from 'node:net';

/** Enough of an NBD client to write, flush and read; independent of the server's code. Source: the protocol's doc/proto.md. */
export interface NbdClient {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, data: Buffer): Promise<void>;
  flush(): Promise<void>;
  trim(offset: number, length: number): Promise<void>;
  writeZeroes(offset: number, length: number): Promise<void>;
  close(): Promise<void>;
}

const READ = 0;
const WRITE = 1;
const DISCONNECT = 2;
const FLUSH = 3;
const TRIM = 4;
const WRITE_ZEROES = 6;

/** Connects to a unix socket and takes the default export. Rejects when the server ends the connection. */
export async function openNbd(socketPath: string): Promise<NbdClient> {
  const socket = connect(socketPath);
  const input = createInput(socket);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const sizeBytes = await shakeHands(socket, input);

  const waiting = new Map<bigint, PromiseWithResolvers<Buffer> & { replyBytes: number }>();
  let nextCookie = 1n;
  let ended: Error | null = null;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    socket.destroy();
  };

  const receive = async () => {
    for (;;) {
      const header = await input.take(16);
      if (header.readUInt32BE(0) !== 0x67446698) throw new Error('an NBD reply without its magic');
      const cookie = header.readBigUInt64BE(8);
      const asked = waiting.get(cookie);
      if (!asked) throw new Error('an NBD reply to nothing');
      const errno = header.readUInt32BE(4);
      const data = await input.take(errno ? 0 : asked.replyBytes);
      waiting.delete(cookie);
      if (errno) asked.reject(new Error(`NBD error ${errno}`));
      else asked.resolve(data);
    }
  };
  const receiving = receive().catch((error: Error) => end(error));

  function request(command: number, offset: number, length: number, data?: Buffer, replyBytes = 0): Promise<Buffer> {
    if (ended) return Promise.reject(ended);
    const cookie = nextCookie++;
    const reply = { ...Promise.withResolvers<Buffer>(), replyBytes };
    waiting.set(cookie, reply);
    const header = Buffer.alloc(28);
    header.writeUInt32BE(0x25609513, 0);
    header.writeUInt16BE(command, 6);
    header.writeBigUInt64BE(cookie, 8);
    header.writeBigUInt64BE(BigInt(offset), 16);
    header.writeUInt32BE(length, 24);
    socket.write(data ? Buffer.concat([header, data]) : header);
    return reply.promise;
  }

  return {
    sizeBytes,
    read: (offset, length) => request(READ, offset, length, undefined, length),
    write: async (offset, data) => void (await request(WRITE, offset, data.length, data)),
    flush: async () => void (await request(FLUSH, 0, 0)),
    trim: async (offset, length) => void (await request(TRIM, offset, length)),
    writeZeroes: async (offset, length) => void (await request(WRITE_ZEROES, offset, length)),
    async close() {
      if (!ended) void request(DISCONNECT, 0, 0).catch(() => {});
      socket.end();
      await receiving;
    },
  };
}

/** Fixed newstyle, NBD_OPT_GO on the default export. Answers its size. */
async function shakeHands(socket: Socket, input: Input): Promise<number> {
  const greeting = await input.take(18);
  if (greeting.toString('latin1', 0, 16) !== 'NBDMAGICIHAVEOPT') throw new Error('no NBD greeting');
  const option = Buffer.alloc(4 + 16 + 6);
  option.writeUInt32BE(3, 0); // fixed newstyle, no zeroes
  option.write('IHAVEOPT', 4, 'latin1');
  option.writeUInt32BE(7, 12); // GO
  option.writeUInt32BE(6, 16);
  socket.write(option);
  let sizeBytes = -1;
  for (;;) {
    const header = await input.take(20);
    const type = header.readUInt32BE(12);
    const data = await input.take(header.readUInt32BE(16));
    if (type === 1) return sizeBytes;
    if (type === 3 && data.readUInt16BE(0) === 0) sizeBytes = Number(data.readBigUInt64BE(2));
    if (type >= 0x80000000) throw new Error(`NBD handshake refused: ${type.toString(16)} ${data.toString()}`);
  }
}

interface Input {
  take(bytes: number): Promise<Buffer>;
}

/** The socket's bytes in pieces as asked for, one asker at a time. */
function createInput(socket: Socket): Input {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let failure: Error | null = null;
  let asked: { bytes: number; answer: PromiseWithResolvers<Buffer> } | null = null;

  const serve = () => {
    if (!asked) return;
    if (heldBytes >= asked.bytes) {
      const { bytes, answer } = asked;
      asked = null;
      const all = Buffer.concat(held);
      held = [all.subarray(bytes)];
      heldBytes = all.length - bytes;
      answer.resolve(all.subarray(0, bytes));
    } else if (failure) {
      asked.answer.reject(failure);
      asked = null;
    }
  };
  const fail = (error: Error) => {
    failure ??= error;
    serve();
  };
  socket.on('data', (data: Buffer) => {
    held.push(data);
    heldBytes += data.length;
    serve();
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the NBD connection ended')));
  return {
    take(bytes) {
      asked = { bytes, answer: Promise.withResolvers() };
      const { promise } = asked.answer;
      serve();
      return promise;
    },
  };
}
