import { createServer, connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface CountingRelay extends AsyncDisposable {
  address: string;
  /** Bytes that clients sent since it was last asked. */
  sent(): number;
}

/** Passes connections on, and counts. */
export async function startCountingRelay(target: string): Promise<CountingRelay> {
  const [host, port] = target.split(':');
  let bytes = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host!);
    client.on('data', (data) => (bytes += data.length));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent() {
      const counted = bytes;
      bytes = 0;
      return counted;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
