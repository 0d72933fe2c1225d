import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Says its name to whoever asks, with who that is. Run in a namespace. */
const [protocol, port, name] = process.argv.slice(2);
if (protocol === 'tcp') {
  createServer((client) => {
    client.on('error', () => {});
    client.end(`${name} hears ${client.remoteAddress}`);
  }).listen(Number(port), '0.0.0.0', () => console.log('ready'));
} else {
  const socket = createSocket('udp4', (_, peer) =>
    socket.send(`${name} hears ${peer.address}`, peer.port, peer.address),
  );
  socket.bind(Number(port), () => console.log('ready'));
}
