import { createHash, type Hash } from 'node:crypto';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPublicAddress } from './publicAddress.ts';
import { systemFault } from './systemFault.ts';
import { WorldFault } from './worldFault.ts';

/** A file of another server's, and how far that server is trusted. */
export interface Download {
  /** `http:` or `https:`. */
  url: string;
  /** 64 hexadecimal digits, of the whole file. */
  sha256: string;
  mostBytes: number;
  /** Also from loopback, link-local and private addresses. */
  allowPrivate: boolean;
  followRedirects: boolean;
}

export interface DownloadOptions {
  into: string;
  signal: AbortSignal;
  /** `totalBytes` 0: the server does not say. */
  onProgress(progress: { doneBytes: number; totalBytes: number }): void;
  /** For tests. Default: the system's, a second. */
  resolve?: Resolve;
  pauseMs?: number;
}

type Resolve = (host: string) => Promise<LookupAddress[]>;

const MOST_REDIRECTS = 5;
/** Connections in a row that bring nothing. */
const MOST_FAILURES = 5;
const PAUSE_MS = 1000;
/** Without a byte. */
const SILENCE_MS = 60_000;

const failed = (why: string, cause?: unknown) => new WorldFault('DownloadFailed', why, { cause });

/**
 * A whole file, its checksum verified. A connection that drops is taken up where it ended when the server can (ranges, and an entity tag to know the
 * file by), else from the start. What was written is for the caller to take away when it throws: WorldFault `DownloadFailed`, `AddressRefused`,
 * `RedirectRefused`, `FileTooLarge`, `ChecksumMismatch`, or what the file system says.
 */
export async function download(wanted: Download, options: DownloadOptions): Promise<void> {
  const { into, signal, pauseMs = PAUSE_MS } = options;
  await using file = await attempt(into, () => open(into, 'wx', 0o600));
  const state: State = { doneBytes: 0, totalBytes: null, tag: null, hash: createHash('sha256') };
  for (let failures = 0; ;) {
    const before = state.doneBytes;
    try {
      await take(wanted, options, file, state);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorldFault) throw error;
      failures = state.doneBytes > before ? 0 : failures + 1;
      if (failures === MOST_FAILURES) throw failed(`${wanted.url} can not be read: ${reasonOf(error)}`, error);
      await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  const found = state.hash.digest('hex');
  if (found !== wanted.sha256.toLowerCase())
    throw new WorldFault('ChecksumMismatch', `${wanted.url} has the SHA-256 ${found}, not ${wanted.sha256}`);
}

interface State {
  doneBytes: number;
  totalBytes: number | null;
  /** What the server knows these bytes' file by; null: it must start anew. */
  tag: string | null;
  hash: Hash;
}

/** One connection. Throws anything but a WorldFault where another may do better. */
async function take(wanted: Download, options: DownloadOptions, file: FileHandle, state: State): Promise<void> {
  const { url, mostBytes } = wanted;
  const tooLarge = () =>
    new WorldFault('FileTooLarge', `${url} is larger than the ${mostBytes} bytes that are allowed`);
  const answer = await request(wanted, options, state);
  try {
    const isResumed = answer.statusCode === 206 && startOf(answer) === state.doneBytes;
    if (answer.statusCode !== 200 && !isResumed) {
      if ((answer.statusCode ?? 0) >= 500) throw new Error(`it answers ${answer.statusCode}`);
      throw failed(`${url} answers ${answer.statusCode}`);
    }
    if (!isResumed) {
      await attempt(options.into, () => file.truncate(0));
      Object.assign(state, { doneBytes: 0, hash: createHash('sha256') });
      const tag = answer.headers.etag;
      // A weak one is also that of a file which only means the same.
      state.tag = answer.headers['accept-ranges'] === 'bytes' && tag?.startsWith('"') ? tag : null;
      const length = answer.headers['content-length'];
      state.totalBytes = length === undefined ? null : Number(length);
    }
    if ((state.totalBytes ?? 0) > mostBytes) throw tooLarge();
    for await (const piece of answer as AsyncIterable<Buffer>) {
      if (state.doneBytes + piece.length > mostBytes) throw tooLarge();
      await attempt(options.into, () => file.write(piece, 0, piece.length, state.doneBytes));
      state.hash.update(piece);
      state.doneBytes += piece.length;
      options.onProgress({ doneBytes: state.doneBytes, totalBytes: state.totalBytes ?? 0 });
    }
    if (!answer.complete || (state.totalBytes ?? state.doneBytes) !== state.doneBytes)
      throw new Error('the connection ended early');
  } finally {
    answer.destroy();
  }
}

/** `Content-Range: bytes 5-9/10` → 5. */
const startOf = (answer: IncomingMessage): number =>
  Number(/^bytes (?<start>\d+)-/.exec(answer.headers['content-range'] ?? '')?.groups?.['start'] ?? NaN);

/** The answer at the end of all redirects. */
async function request(wanted: Download, options: DownloadOptions, state: State): Promise<IncomingMessage> {
  const { doneBytes, tag } = state;
  const isMore = doneBytes > 0 && tag !== null;
  const headers = { 'accept-encoding': 'identity', ...(isMore && { range: `bytes=${doneBytes}-`, 'if-range': tag }) };
  let url = new URL(wanted.url);
  for (let redirects = 0; ; redirects++) {
    const answer = await connect(url, headers, wanted, options);
    const { statusCode = 0, headers: said } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode)) return answer;
    answer.destroy();
    const target = URL.parse(said.location ?? '', url);
    const refused = (why: string) => new WorldFault('RedirectRefused', `${url.href} ${why}`);
    if (!target || !['http:', 'https:'].includes(target.protocol))
      throw refused('redirects to no http or https address');
    if (!wanted.followRedirects)
      throw refused(`redirects to ${target.href}, and redirects are not followed unless told`);
    if (redirects === MOST_REDIRECTS) throw refused(`is more than ${MOST_REDIRECTS} redirects away from its file`);
    url = target;
  }
}

/** Each connection goes to an address that was looked at: nothing is resolved a second time. */
async function connect(
  url: URL,
  headers: Record<string, string>,
  { allowPrivate }: Download,
  { signal, resolve = systemResolve }: DownloadOptions,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await resolve(host) : [{ address: host, family: isIP(host) }];
  const hidden = addresses.find(({ address }) => !isPublicAddress(address));
  if (hidden && !allowPrivate) {
    const where = `${host} ${hidden.address === host ? 'is' : `is at ${hidden.address},`} no address of the public internet`;
    throw new WorldFault('AddressRefused', `${where}: such are not read unless told`);
  }
  const lookup: LookupFunction = (_host, { all }, found) =>
    all ? found(null, addresses) : found(null, addresses[0]!.address, addresses[0]!.family);
  // Of no use to a later one: a connection is for one address that was looked at.
  const how = { headers, lookup, agent: false, signal } as const;
  const asked = url.protocol === 'https:' ? getHttps(url, how) : getHttp(url, how);
  asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error(`it was silent for ${SILENCE_MS / 1000} seconds`)));
  // Of its answer's end that one hears, too.
  asked.on('error', () => {});
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
}

const systemResolve: Resolve = (host) => {
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>();
  systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  return promise;
};

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}

/** Of several addresses that were tried, each has its own reason. */
function reasonOf(error: unknown): string {
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof Error ? one.message : String(one);
}
