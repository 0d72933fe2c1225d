import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Passes connections on to a service, and breaks the first one that has brought `afterBytes`. */
export async function startCuttingRelay(endpoint: string, afterBytes: number) {
  const { hostname, port } = new URL(endpoint);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const service = connect(Number(port), hostname);
    const end = () => [client, service].forEach((socket) => socket.destroy());
    for (const socket of [client, service]) {
      open.add(socket);
      // It may break on either side at any time: the other one is told.
      socket.on('error', end).on('close', end);
    }
    client.pipe(service);
    service.pipe(client);
    service.on('data', () => {
      if (cuts > 0 || service.bytesRead < afterBytes) return;
      cuts++;
      end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
