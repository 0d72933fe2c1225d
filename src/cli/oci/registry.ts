import { createHash } from 'node:crypto';
import { CliFault } from '../fault.ts';
import { LARGEST_MANIFEST_BYTES, MANIFEST_TYPE, type Descriptor } from './artifact.ts';
import type { BasicCredentials } from './credentials.ts';
import { DIGEST, type Reference } from './reference.ts';

/**
 * A repository of a registry, by the OCI distribution specification. The registry may be hostile: answers are read up to a limit and believed
 * by their digests; credentials go to the registry itself, and to the token service that it names over HTTPS.
 */
export interface Repository {
  hasBlob(digest: string): Promise<boolean>;
  putBlob(digest: string, bytes: Uint8Array): Promise<void>;
  /** Verified. */
  getBlob(blob: Descriptor): Promise<Buffer>;
  /** The digest that it is known by. */
  putManifest(version: string, bytes: Uint8Array): Promise<string>;
  /** Verified where it is asked for by its digest. */
  getManifest(version: string): Promise<Buffer>;
}

export interface RepositoryOptions {
  credentials: BasicCredentials | null;
  /** Plain HTTP also with what is not this machine. */
  plainHttp: boolean;
  signal: AbortSignal;
}

const MOST_REDIRECTS = 5;
const LARGEST_TOKEN_ANSWER_BYTES = 256 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;

interface Sent {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  body?: Uint8Array;
  headers?: Record<string, string>;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export function openRepository({ host, repository }: Reference, options: RepositoryOptions): Repository {
  const { credentials, signal } = options;
  const origin = `${isLoopback(new URL(`http://${host}`).hostname) || options.plainHttp ? 'http' : 'https'}://${host}`;
  const base = `${origin}/v2/${repository}/`;
  const mayCall = (url: URL) =>
    url.protocol === 'https:' || (url.protocol === 'http:' && (options.plainHttp || isLoopback(url.hostname)));
  let authorization: string | null = null;

  async function once(url: URL, { method, body, headers }: Sent): Promise<Response> {
    if (!mayCall(url) || url.username !== '' || url.password !== '') {
      throw new CliFault('RegistryData', `The registry sends us to ${url.origin}, which is not safe.`);
    }
    const isOwn = url.origin === new URL(origin).origin;
    try {
      return await fetch(url, {
        method,
        redirect: 'manual',
        signal,
        headers: { ...headers, ...(isOwn && authorization !== null && { authorization }) },
        ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      });
    } catch (cause) {
      throw unreachable(cause, url, signal);
    }
  }

  /** With credentials once the registry asks for them, and where it sends us. */
  async function send(path: string, sent: Sent): Promise<Response> {
    let url = new URL(path, base);
    let hasAuthorized = false;
    for (let redirects = 0; redirects <= MOST_REDIRECTS;) {
      const answer = await once(url, sent);
      const location = answer.headers.get('location');
      if (answer.status === 401 && !hasAuthorized && url.origin === new URL(origin).origin) {
        hasAuthorized = true;
        await answer.body?.cancel();
        authorization = await authorize(answer.headers.get('www-authenticate') ?? '');
      } else if (answer.status >= 300 && answer.status < 400 && location !== null) {
        await answer.body?.cancel();
        redirects += 1;
        // What is uploaded goes to the registry itself.
        if (sent.body) throw new CliFault('RegistryData', 'The registry wants uploads to go elsewhere.');
        url = urlOf(location, url);
      } else return answer;
    }
    throw new CliFault('RegistryData', `The registry sends us on more than ${MOST_REDIRECTS} times.`);
  }

  async function authorize(challenge: string): Promise<string> {
    const [scheme = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(challenge)?.slice(1) ?? [];
    if (scheme.toLowerCase() === 'basic') {
      if (credentials === null) throw unauthorized(host);
      return `Basic ${credentials}`;
    }
    const words = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { realm, service, scope } = words as Record<string, string | undefined>;
    if (scheme.toLowerCase() !== 'bearer' || realm === undefined) throw unauthorized(host);
    const url = urlOf(realm, new URL(base));
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${repository}:pull,push`);
    if (!mayCall(url)) throw new CliFault('RegistryData', `The registry's token service ${url.origin} is not safe.`);
    let answer: Response;
    try {
      answer = await fetch(url, {
        redirect: 'error',
        signal,
        headers: credentials === null ? {} : { authorization: `Basic ${credentials}` },
      });
    } catch (cause) {
      throw unreachable(cause, url, signal);
    }
    if (!answer.ok) throw unauthorized(host);
    const { token, access_token: accessToken } = jsonOf(await read(answer, LARGEST_TOKEN_ANSWER_BYTES));
    const given = token ?? accessToken;
    if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) throw unauthorized(host);
    return `Bearer ${given}`;
  }

  async function expect(answer: Response, status: number, doing: string): Promise<Response> {
    if (answer.status === status) return answer;
    if (answer.status === 401 || answer.status === 403) {
      await answer.body?.cancel();
      throw unauthorized(host);
    }
    const said = await read(answer, LARGEST_ERROR_BYTES).then(codesIn, () => '');
    throw new CliFault('RegistryRefused', `${host} answered ${answer.status}${said} when ${doing}.`);
  }

  return {
    async hasBlob(digest) {
      const answer = await send(`blobs/${digest}`, { method: 'HEAD' });
      if (answer.status === 404) return false;
      await expect(answer, 200, 'a blob was looked for');
      return true;
    },
    async putBlob(digest, bytes) {
      const begun = await send('blobs/uploads/', { method: 'POST' });
      await expect(begun, 202, 'an upload was begun');
      await begun.body?.cancel();
      const location = begun.headers.get('location');
      if (location === null) throw new CliFault('RegistryData', 'The registry names no place to upload to.');
      const url = urlOf(location, new URL(base));
      url.searchParams.set('digest', digest);
      const done = await send(url.href, {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream' },
      });
      await expect(done, 201, 'a blob was uploaded');
      await done.body?.cancel();
    },
    async getBlob({ digest, size }) {
      const answer = await expect(await send(`blobs/${digest}`, { method: 'GET' }), 200, 'a blob was read');
      const bytes = await read(answer, size);
      if (bytes.length !== size || digestOf(bytes) !== digest) throw altered(`blob ${digest}`);
      return bytes;
    },
    async putManifest(version, bytes) {
      const sent: Sent = { method: 'PUT', body: bytes, headers: { 'content-type': MANIFEST_TYPE } };
      const done = await expect(await send(`manifests/${version}`, sent), 201, 'the manifest was written');
      await done.body?.cancel();
      return digestOf(bytes);
    },
    async getManifest(version) {
      const answer = await send(`manifests/${version}`, { method: 'GET', headers: { accept: MANIFEST_TYPE } });
      if (answer.status === 404) {
        await answer.body?.cancel();
        throw new CliFault('NotInRegistry', `${host}/${repository} has no ${version}.`);
      }
      const bytes = await read(await expect(answer, 200, 'the manifest was read'), LARGEST_MANIFEST_BYTES);
      if (DIGEST.test(version) && digestOf(bytes) !== version) throw altered('manifest');
      return bytes;
    },
  };
}

/** What the answer holds, if that is no more than it may. */
async function read(answer: Response, mostBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of answer.body ?? []) {
      length += part.length;
      if (length > mostBytes) throw new CliFault('RegistryData', `The registry sends more than ${mostBytes} bytes.`);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof CliFault) throw cause;
    throw new CliFault('RegistryUnreachable', `The registry ended its answer too early: ${reasonOf(cause)}`, { cause });
  }
  return Buffer.concat(parts, length);
}

function jsonOf(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The codes of an error answer, which are words; its texts might be anything. */
function codesIn(bytes: Buffer): string {
  const { errors } = jsonOf(bytes);
  const codes = Array.isArray(errors) ? errors.map((error: { code?: unknown } | null) => error?.code) : [];
  const words = codes.filter((code) => typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)).slice(0, 3);
  return words.length > 0 ? ` ${words.join(', ')}` : '';
}

function urlOf(text: string, base: URL): URL {
  const url = URL.parse(text, base);
  if (!url) throw new CliFault('RegistryData', 'The registry sends us to what is no address.');
  return url;
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

const altered = (what: string): CliFault =>
  new CliFault('RegistryData', `The ${what} that the registry sent is not what it should be: its digest differs.`);

const unauthorized = (host: string): CliFault =>
  new CliFault('RegistryUnauthorized', `${host} does not let us do this.`, {
    hint: `Log in first: skopeo login ${host} (podman's and docker's logins do as well).`,
  });

function unreachable(cause: unknown, url: URL, signal: AbortSignal): CliFault {
  if (signal.aborted) return signal.reason as CliFault;
  return new CliFault('RegistryUnreachable', `${url.host} can not be reached: ${reasonOf(cause)}`, {
    cause,
    ...(url.protocol === 'https:' && { hint: 'If it speaks plain HTTP, and you trust the way to it: --plain-http.' }),
  });
}

/** `fetch failed` says nothing; what caused it does. */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
};
