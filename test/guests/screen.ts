import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createWebSocketStream, WebSocket } from 'ws';

const VNC_AUTHENTICATION = 2;

/** What a viewer sees of the screen: how large it is and whose; or why it does not get in. */
export type Seen = { width: number; height: number; name: string } | { refused: string };

/** The handshake of RFB 3.8 (RFC 6143) over a WebSocket, with VNC authentication, up to the size of the screen. */
export async function viewScreen(url: string, password: string): Promise<Seen> {
  const socket = new WebSocket(url);
  // Listening from the first: the screen's first word may come with the answer that opens the socket.
  const stream = createWebSocketStream(socket);
  await once(socket, 'open');
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held = Buffer.alloc(0);
  async function take(bytes: number): Promise<Buffer> {
    while (held.length < bytes) {
      const { value, done } = await pieces.next();
      if (done) throw new Error('The screen closed the connection.');
      held = Buffer.concat([held, value]);
    }
    const taken = held.subarray(0, bytes);
    held = held.subarray(bytes);
    return taken;
  }
  const text = async () => (await take((await take(4)).readUInt32BE())).toString();
  try {
    stream.write(await take(12));
    const ways = await take((await take(1))[0]!);
    if (!ways.equals(Buffer.of(VNC_AUTHENTICATION))) return { refused: `ways ${ways.join()}` };
    stream.write(Buffer.of(VNC_AUTHENTICATION));
    stream.write(answerTo(await take(16), password));
    if ((await take(4)).readUInt32BE() !== 0) return { refused: await text() };
    stream.write(Buffer.of(1));
    const screen = await take(20);
    return { width: screen.readUInt16BE(0), height: screen.readUInt16BE(2), name: await text() };
  } finally {
    stream.destroy();
    socket.terminate();
  }
}

/** DES of the challenge, as VNC has it: the password is the key, each byte's bits the other way round. */
function answerTo(challenge: Buffer, password: string): Buffer {
  const key = Buffer.alloc(8);
  key.write(password);
  for (const [at, byte] of key.entries()) {
    key[at] = parseInt([...byte.toString(2).padStart(8, '0')].toReversed().join(''), 2);
  }
  // Three times the same key: once DES.
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}
