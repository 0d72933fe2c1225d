import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CliFault, exitCodes } from './fault.ts';
import type { Io } from './io.ts';
import { signCall, type Credentials } from './sign.ts';

/** What a running service says of itself in its data folder. */
interface Announcement {
  endpoint: string;
  httpsEndpoint: string;
  caFile: string;
  regionId: string;
  accountId: string;
  consoleUrl: string;
  dataDir: string;
  version: string;
  pid: number;
  /** What runs them. */
  machines: string;
}

/** A running service, as its operator reaches it. */
export interface Service extends Announcement {
  credentials: Credentials;
  /** One of the operator endpoints, `/_tongjing/<path>`. */
  operator<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>;
  /** The same for one that answers in lines of JSON as it goes. */
  operatorLines(path: string, body?: object): AsyncGenerator<Record<string, unknown>>;
  /** An action of the API; the operator's account unless told. */
  call<T>(action: string, parameters: Parameters, credentials?: Credentials): Promise<T>;
  /** One of the actions that we add to the cloud's (product Tongjing). */
  extension<T>(action: string, parameters: Parameters, credentials?: Credentials): Promise<T>;
}

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

const ECS_VERSION = '2014-05-26';
const TONGJING_VERSION = '2026-11-01';

export interface DataOption {
  data?: string;
}

/** `--data`, else `TONGJING_DATA`, else `.tongjing` here. */
export const dataFolder = (options: DataOption, io: Io): string =>
  resolve(io.cwd, options.data ?? io.env['TONGJING_DATA'] ?? '.tongjing');

/** What is announced in the folder, whether or not it still holds; null when nothing is. */
function readAnnouncement(dataDir: string): Announcement | null {
  const path = join(dataDir, 'service.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Announcement) : null;
}

/** The service that runs on the folder. */
export async function openService(options: DataOption, io: Io): Promise<Service> {
  const dataDir = dataFolder(options, io);
  const announced = readAnnouncement(dataDir);
  if (!announced) throw notRunning(dataDir);
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim();
  const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as Credentials;
  const address = new URL(announced.endpoint);

  const operatorHeaders = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const operatorPath = (path: string) => `/_tongjing/${path}`;

  async function callVersion<T>(
    version: string,
    action: string,
    parameters: Parameters,
    as: Credentials = credentials,
  ): Promise<T> {
    const given: Record<string, string> = {};
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) given[name] = String(value);
    const call = { action, version, host: address.host, parameters: given };
    const { path, headers } = signCall(call, as, { date: new Date(), nonce: randomUUID() });
    const answer = await send(address, { method: 'POST', path, headers, body: '' }, dataDir);
    return parse(answer.status, await textFrom(answer.body)) as T;
  }

  const service: Service = {
    ...announced,
    credentials,
    async operator(method, path, body) {
      const answer = await send(
        address,
        { method, path: operatorPath(path), headers: operatorHeaders, body: textOf(body) },
        dataDir,
      );
      return parse(answer.status, await textFrom(answer.body)) as never;
    },
    async *operatorLines(path, body) {
      const sent = { method: 'POST', path: operatorPath(path), headers: operatorHeaders, body: textOf(body) };
      const answer = await send(address, sent, dataDir);
      if (answer.status >= 400) parse(answer.status, await textFrom(answer.body));
      for await (const line of createInterface({ input: answer.body }))
        yield JSON.parse(line) as Record<string, unknown>;
    },
    call: (action, parameters, as) => callVersion(ECS_VERSION, action, parameters, as),
    extension: (action, parameters, as) => callVersion(TONGJING_VERSION, action, parameters, as),
  };
  return service;
}

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

function send(address: URL, sent: Sent, dataDir: string): Promise<{ status: number; body: Readable }> {
  return new Promise((done, fail) => {
    const { hostname, port } = address;
    const outgoing = request({
      host: hostname.replace(/^\[|\]$/g, ''),
      port,
      method: sent.method,
      path: sent.path,
      headers: { ...sent.headers, 'content-length': Buffer.byteLength(sent.body) },
      // One command, one or two requests: nothing is gained by keeping connections.
      agent: false,
    });
    outgoing.once('response', (answer) => done({ status: answer.statusCode ?? 0, body: answer }));
    outgoing.once('error', (cause) => fail(notRunning(dataDir, cause)));
    outgoing.end(sent.body);
  });
}

const textOf = (body: object | undefined): string => (body === undefined ? '' : JSON.stringify(body));

async function textFrom(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The answer's body; an error's becomes a fault that keeps its code. Operator endpoints and the API spell them differently. */
function parse(status: number, text: string): unknown {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new CliFault('BadAnswer', `The service answered ${status} with something that is no JSON.`, { cause });
  }
  if (status < 400) return body;
  const code = String(body['code'] ?? body['Code'] ?? status);
  const requestId = body['RequestId'] === undefined ? '' : ` (request ${String(body['RequestId'])})`;
  throw new CliFault(code, `${String(body['message'] ?? body['Message'] ?? 'Refused.')}${requestId}`);
}

function notRunning(dataDir: string, cause?: unknown): CliFault {
  return new CliFault('NotRunning', `No service answers for the data folder ${dataDir}.`, {
    hint: 'Start one with `npm start`, or `tongjing serve --data DIR`; name another folder with --data DIR or TONGJING_DATA.',
    exitCode: exitCodes.noService,
    cause,
  });
}
