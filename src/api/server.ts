import { performance } from 'node:perf_hooks';
import { createCall, type Caller, type Guests } from '../actions/call.ts';
import type { Action } from '../actions/action.ts';
import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import { ApiError, apiError } from '../contract/errors.ts';
import type { Runner } from '../jobs/runner.ts';
import type { KeyWrapping } from '../keys/keys.ts';
import type { Database } from '../records/database.ts';
import { takenBack } from '../records/rehearsal.ts';
import { authenticate, firstLook, readEnvelope, type Envelope } from './authenticate.ts';
import { createReplays, type Replays } from './clientToken.ts';
import { encodeResponse } from './encode.ts';
import { errorAnswer, successAnswer, type Answer } from './envelope.ts';
import { gatewayError } from './faults.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { Nonces } from './nonces.ts';
import { mergeParameters, parseForm, parsePairs, type Parameters } from './parameters.ts';
import { createPerform, readRequest } from './perform.ts';
import type { Received } from './receive.ts';
import type { Entry, Table } from './table.ts';
import type { Throttles } from './throttle.ts';

export interface GatewayParts {
  database: Database;
  clock: Clock;
  /** Milliseconds of the clock on the wall. */
  realNow: () => number;
  ids: Ids;
  log: Log;
  jobs: Pick<Runner, 'wake' | 'began'>;
  /** What runs instances. */
  driver: string;
  guests: Guests;
  wrapping: KeyWrapping;
  table: Table;
  nonces: Nonces;
  throttles: Throttles;
  limits: Limits;
  unknownParameters: 'refuse' | 'ignore';
  metrics: Pick<Metrics, 'request'>;
}

interface Parts extends GatewayParts {
  replays: Replays;
}

/** What is known of a request so far: for the log line and for the error envelope. */
interface Progress {
  requestId: string;
  envelope: Envelope;
  /** Absent until the action is found. */
  entry?: Entry;
  caller?: Caller;
}

/** Characters of a caller's text in the log. */
const NAME_LOGGED = 64;

/** How long an answer waits for its jobs' first steps. */
const BEGIN_MS = 10_000;

export type Gateway = (received: Received) => Promise<Answer>;

/** The life of a request: docs/request.md follows one through here. */
export function createGateway(given: GatewayParts): Gateway {
  const parts: Parts = { ...given, replays: createReplays(given.database, given.clock) };
  return async (received) => {
    const startedAt = performance.now();
    const progress: Progress = { requestId: parts.ids.request(), envelope: firstLook(received) };
    let answer: Answer;
    try {
      answer = await serve(received, progress, parts);
    } catch (error) {
      const fault = toApiError(error, progress, parts.log);
      answer = errorAnswer(fault, { ...progress, host: received.host });
    }
    const ms = performance.now() - startedAt;
    const { action, version, scheme } = progress.envelope;
    const { status, code } = answer;
    const accountId = progress.caller?.account.id;
    const line = {
      requestId: progress.requestId,
      action: action.slice(0, NAME_LOGGED),
      version: version.slice(0, NAME_LOGGED),
      scheme,
    };
    parts.log.info({ ...line, accountId, status, code, ms: Math.round(ms * 10) / 10 }, 'request');
    // Names that are no action would each become a time series.
    parts.metrics.request(progress.entry ? action : 'unknown', status, code, ms / 1000);
    return answer;
  };
}

async function serve(received: Received, progress: Progress, parts: Parts): Promise<Answer> {
  const { method, header } = received;
  if (received.isForeign) throw gatewayError('InvalidProduct.NotFound');
  if (method !== 'GET' && method !== 'POST') throw gatewayError('UnsupportedHTTPMethod');
  if (received.path !== '/') throw gatewayError('InvalidApi.NotFound');
  const body = await received.body(parts.limits.bodyBytes);
  const query = parsePairs(received.query, parts.limits);
  const parameters = mergeParameters(query, parseForm(body, header('content-type'), parts.limits), parts.limits);
  progress.envelope = readEnvelope(header, parameters);
  const { scheme, version, action: name } = progress.envelope;

  const entry = parts.table.find(version, name);
  progress.entry = entry;
  progress.caller = await authenticate(
    scheme,
    { method, query, parameters, header, body },
    { ...parts, db: parts.database.read },
  );
  if (!parts.throttles.allows(progress.caller.account.id, name)) throw gatewayError('Throttling.User');

  const request = readRequest(entry, parameters, parts);
  const { response, enqueued } = await run(
    entry,
    request,
    parameters,
    { ...received, ...progress, caller: progress.caller },
    parts,
  );
  if (enqueued.length > 0) {
    parts.jobs.wake();
    await within(BEGIN_MS, parts.jobs.began(enqueued));
  }
  return successAnswer({ RequestId: progress.requestId, ...response }, progress);
}

type Asked = Pick<Received, 'host' | 'isSecure'> & Pick<Progress, 'requestId'> & { caller: Caller };
interface Outcome {
  response: Record<string, unknown>;
  /** Ids of jobs that wait for the runner. */
  enqueued: readonly string[];
}

/** A read on the reader; a write in one transaction with its ClientToken; a dry run and a rehearsal in one that is rolled back. */
async function run(
  entry: Entry,
  request: Record<string, unknown>,
  parameters: Parameters,
  asked: Asked,
  parts: Parts,
): Promise<Outcome> {
  const { action } = entry;
  const { database, clock, ids, driver, guests, wrapping } = parts;
  const runOn = async (db: Database['read']): Promise<Outcome> => {
    const here = { ...asked, driver, guests, wrapping, db, clock, ids };
    const call = createCall({ ...here, actionName: action.name, perform: createPerform(action, here, parts) });
    const response = await action.run(request, call);
    return { response: encodeResponse(entry.response, response), enqueued: call.enqueued };
  };
  if (entry.hasParameter('DryRun') && request['dryRun'] === true) return dryRun(action, runOn, database);
  if (action.access === 'read') return runOn(database.read);
  if (action.access === 'rehearsal') return { ...(await takenBack(database, runOn)), enqueued: [] };
  const token = request['clientToken'];
  if (typeof token !== 'string') return database.write(runOn);
  return parts.replays.run({ action, accountId: asked.caller.account.id, token, parameters }, runOn);
}

/** The same call, rolled back. Its success is an error, as the vendor has it. */
function dryRun(action: Action, runOn: (db: Database['read']) => Promise<unknown>, database: Database): Promise<never> {
  return database.write(async (tx) => {
    await runOn(tx);
    throw apiError(action.name, action.dryRunCode);
  });
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever it was, what the caller may know of it. */
function toApiError(error: unknown, progress: Progress, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  log.error({ err: error, requestId: progress.requestId, action: progress.envelope.action }, 'request failed');
  const isTemporary = error instanceof WorldFault && error.retryable;
  return gatewayError(isTemporary ? 'ServiceUnavailable' : 'InternalError');
}
