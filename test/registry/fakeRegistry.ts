import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test does in the place of the registry; true: it has answered. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FakeRegistry extends AsyncDisposable {
  /** `127.0.0.1:port` */
  address: string;
  blobs: Map<string, Buffer>;
  manifests: Map<string, Buffer>;
  /** `METHOD path authorization` of each request. */
  asked: string[];
  instead: Instead;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A registry of one repository, `lab/disk`, that does what a test tells it to. */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry: FakeRegistry = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs: new Map(),
    manifests: new Map(),
    asked: [],
    instead: () => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    registry.asked.push(`${method} ${url} ${request.headers.authorization ?? '-'}`);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (registry.instead(request, response)) return;
    const body = Buffer.concat(parts);
    const end = (status: number, headers: Record<string, string> = {}, bytes?: Buffer) =>
      response.writeHead(status, headers).end(method === 'HEAD' ? undefined : bytes);
    const [, kind, name] = /^\/v2\/lab\/disk\/(manifests|blobs)\/([^?]*)/.exec(url) ?? [];
    const held = kind === 'manifests' ? registry.manifests : registry.blobs;
    if (method === 'POST') return void end(202, { location: '/v2/lab/disk/blobs/uploads/one?state=x' });
    if (method === 'PUT') {
      const digest = new URL(url, 'http://registry').searchParams.get('digest');
      held.set(digest ?? name!, body);
      if (kind === 'manifests') held.set(digestOf(body), body);
      return void end(201);
    }
    const found = held.get(name ?? '');
    if (!found) return void end(404);
    end(200, { 'content-length': String(found.length) }, found);
  }
  return registry;
}
