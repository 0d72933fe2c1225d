import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '../../base/log.ts';
import type { GuestFacts, MetadataSource } from './facts.ts';
import { userDataFor, vendorData } from './login.ts';
import { createTokens, LONGEST_TOKEN_S } from './tokens.ts';
import { identityDocument, lookUp, metaData } from './tree.ts';

/** A guest's connection. Where the network can, what it sends then takes no more hops than that. */
export interface GuestStream extends Duplex {
  hopLimit?: number | undefined;
}

/** The service at 100.100.100.200. Who asks is known by the connection, never by what it says. */
export interface Metadata extends Disposable {
  serve(instanceId: string, stream: GuestStream): void;
}

const VERSIONS = ['2016-01-01', 'latest'];
const TOKEN_HEADER = 'x-aliyun-ecs-metadata-token';
const TTL_HEADER = 'x-aliyun-ecs-metadata-token-ttl-seconds';
const MOST_HEAD_BYTES = 16 * 1024;
const IDLE_MS = 15_000;

interface Answer {
  status: number;
  body?: string | Buffer;
  hopLimit?: number;
}

const NOT_FOUND: Answer = { status: 404 };

export function openMetadata(source: MetadataSource, { now, log }: { now: () => number; log: Log }): Metadata {
  const tokens = createTokens(now);
  const guests = new WeakMap<Duplex, string>();
  const server = createServer({ maxHeaderSize: MOST_HEAD_BYTES, keepAliveTimeout: IDLE_MS }, (request, response) => {
    // Nothing that a guest sends is wanted.
    request.resume();
    answerGuest(request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        log.error({ err: error }, 'a guest could not be told its metadata');
        send(request, response, { status: 500 });
      },
    );
  });

  async function answerGuest(request: IncomingMessage): Promise<Answer> {
    const instanceId = guests.get(request.socket);
    const facts = instanceId === undefined ? null : await source.facts(instanceId);
    if (!facts) return NOT_FOUND;
    if (facts.httpEndpoint === 'disabled') return { status: 403 };
    const path = pathOf(request.url ?? '/');
    if (path === null) return { status: 400 };
    if (path.join('/') === 'latest/api/token') return giveToken(request, facts);
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405 };
    const token = request.headers[TOKEN_HEADER];
    const isAllowed =
      token === undefined
        ? facts.httpTokens === 'optional'
        : typeof token === 'string' && tokens.isValid(facts.instanceId, token);
    if (!isAllowed) return { status: 401 };
    // Whoever has a token is newer than the cloud-init that needs to be known by its name.
    return read(path, facts, token === undefined ? (request.headers['user-agent'] ?? '') : '');
  }

  function giveToken({ method, headers }: IncomingMessage, facts: GuestFacts): Answer {
    if (method !== 'PUT') return { status: 405 };
    // It would be for whoever is behind a proxy.
    if (headers['x-forwarded-for'] !== undefined) return { status: 403 };
    const wanted = headers[TTL_HEADER];
    if (typeof wanted !== 'string' || !/^\d{1,5}$/.test(wanted)) return { status: 400 };
    const seconds = Number(wanted);
    if (seconds < 1 || seconds > LONGEST_TOKEN_S) return { status: 400 };
    return { status: 200, body: tokens.give(facts.instanceId, seconds), hopLimit: facts.httpHopLimit };
  }

  async function read([version, kind, ...rest]: readonly string[], facts: GuestFacts, agent: string): Promise<Answer> {
    if (version === undefined) return found(VERSIONS.map((name) => `${name}/`).join('\n'));
    if (!VERSIONS.includes(version)) return NOT_FOUND;
    if (kind === 'meta-data') return readMetaData(rest, facts);
    if (kind === 'dynamic') {
      const document = { 'instance-identity': { document: identityDocument(facts) } };
      return found(lookUp(document, rest));
    }
    if (rest.length > 0) return NOT_FOUND;
    if (kind === 'user-data') return found(version === 'latest' ? facts.userData : userDataFor(facts, agent));
    if (kind === 'vendor-data') return found(vendorData(facts));
    if (kind !== undefined) return NOT_FOUND;
    const names = ['dynamic/', 'meta-data/', facts.userData && 'user-data', vendorData(facts) && 'vendor-data'];
    return found(names.filter(Boolean).join('\n'));
  }

  async function readMetaData(path: readonly string[], facts: GuestFacts): Promise<Answer> {
    const tree = metaData(facts);
    if (path.length === 1 && path[0] === 'all') return found(JSON.stringify(tree));
    const { ramRoleName } = facts;
    if (ramRoleName === null) return found(lookUp(tree, path));
    const isSecret = path.join('/') === `ram/security-credentials/${ramRoleName}`;
    const role = { [ramRoleName]: isSecret ? await credentialsOf(facts) : '' };
    return found(lookUp({ ...tree, ram: { 'security-credentials': role } }, path));
  }

  async function credentialsOf(facts: GuestFacts): Promise<string> {
    const { accessKeyId, accessKeySecret, securityToken, expiresAt, issuedAt } = await source.credentials(facts);
    return JSON.stringify({
      AccessKeyId: accessKeyId,
      AccessKeySecret: accessKeySecret,
      Expiration: secondsOf(expiresAt),
      SecurityToken: securityToken,
      LastUpdated: secondsOf(issuedAt),
      Code: 'Success',
    });
  }

  return {
    serve(instanceId, stream) {
      guests.set(stream, instanceId);
      server.emit('connection', stream);
    },
    [Symbol.dispose]: () => server.closeAllConnections(),
  };
}

const found = (body: string | Buffer | null): Answer => (body === null ? NOT_FOUND : { status: 200, body });

/** Its names; a `/` at the end is the same without. Null: malformed. */
function pathOf(url: string): string[] | null {
  try {
    const { pathname } = new URL(url, 'http://100.100.100.200');
    return pathname
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}

const secondsOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function send(request: IncomingMessage, response: ServerResponse, { status, body, hopLimit }: Answer): void {
  const stream = request.socket as GuestStream;
  // 0: as usual.
  stream.hopLimit = hopLimit || undefined;
  const content = body === undefined ? Buffer.from(status === 200 ? '' : `${status}\n`) : Buffer.from(body);
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': content.length, server: 'tongjing' });
  response.end(request.method === 'HEAD' ? undefined : content);
}
