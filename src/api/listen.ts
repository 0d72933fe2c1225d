import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './envelope.ts';
import type { Limits } from './limits.ts';
import type { Received } from './server.ts';

export interface Listener extends AsyncDisposable {
  readonly port: number;
}

export interface ListenerParts {
  host: string;
  port: number;
  limits: Limits;
  answer: (received: Received) => Promise<Answer>;
}

/** HTTP in, one answer out. */
export async function listen(parts: ListenerParts): Promise<Listener> {
  const server = createServer({ maxHeaderSize: parts.limits.headBytes }, (request, response) => {
    void exchange(request, response, parts);
  });
  server.maxConnections = parts.limits.connections;
  await started(server, parts);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function exchange(request: IncomingMessage, response: ServerResponse, parts: ListenerParts): Promise<void> {
  const body: Buffer[] = [];
  for await (const piece of request) body.push(piece as Buffer);
  const { path, query } = splitTarget(request.url ?? '/');
  const answer = await parts.answer({
    method: request.method ?? '',
    path,
    query,
    host: request.headers.host ?? '',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: Buffer.concat(body),
  });
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

/** Origin form (`/?…`) or, from a client that takes us for its proxy, absolute form (`http://ecs.aliyuncs.com/?…`). */
function splitTarget(target: string): { path: string; query: string } {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  return { path: path || '/', query: mark < 0 ? '' : origin.slice(mark + 1) };
}

function started(server: Server, { host, port }: ListenerParts): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
