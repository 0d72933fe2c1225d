import { createServer } from 'node:net';

/** Run inside a namespace: opens the metadata service's door there, and hands it out. A socket stays in the namespace that it was made in. */
const [address] = process.argv.slice(2);
const server = createServer();
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(80, address, () => {
  process.send?.('door', server, {}, () => process.exit());
});
