import { toXml } from '../base/xml.ts';
import { WorldFault } from '../base/worldFault.ts';
import { findBucket, type BucketRow } from '../records/tables/buckets.ts';
import { authorize } from './access.ts';
import { authenticate } from './authenticate.ts';
import { corsHeaders } from './cors.ts';
import { PREFIX } from './dialect.ts';
import { objectFault, ObjectFault, S3_CODES } from './faults.ts';
import type { Founding, Operation } from './operation.ts';
import { operations, SUB_RESOURCES } from './operations/index.ts';
import type { ObjectAnswer, ObjectCall, ObjectParts } from './parts.ts';
import { dialectOf, understand, type Incoming, type ObjectRequest } from './request.ts';
import { settingsOf } from './settings.ts';

/** What goes back over the wire. `code`: of an error, for the log. */
export interface FrontAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<Uint8Array>;
  code: string;
}

export type ObjectFront = (incoming: Incoming) => Promise<FrontAnswer>;

/** Buckets and objects over HTTP, in the dialects of OSS and S3. The life of a request, top to bottom. */
export function createObjectFront(parts: ObjectParts): ObjectFront {
  return async (incoming) => {
    const startedAt = performance.now();
    const requestId = parts.ids.text(24).toUpperCase();
    let request: ObjectRequest | null = null;
    let answer: FrontAnswer;
    try {
      request = understand(incoming, requestId);
      answer = finished(await serve(request, parts), request);
    } catch (error) {
      answer = refusal(toFault(error, parts), incoming, requestId);
    }
    const { method, bucket = '', dialect } = { ...incoming, ...request };
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const { status, code } = answer;
    parts.log.info({ requestId, method, bucket: bucket.slice(0, 64), dialect, status, code, ms }, 'object request');
    return answer;
  };
}

async function serve(request: ObjectRequest, parts: ObjectParts): Promise<ObjectAnswer> {
  if (request.method === 'OPTIONS') return preflight(request, parts);
  const call = await authenticate(request, parts);
  // Only now is it known what is bucket and what is key. Source: OSS documentation, "Object naming conventions".
  if (call.dialect === 'oss' && /^[/\\]/.test(call.key)) throw objectFault('InvalidObjectName');
  const operation = find(call);
  if (operation.right === 'account') {
    if (!call.account) throw objectFault('AccessDenied', 'Anonymous access is forbidden for this operation.');
    return (operation as Founding).run(call);
  }
  const bucket = await findBucket(parts.database.read, call.bucket);
  if (!bucket) throw objectFault('NoSuchBucket', '', { BucketName: call.bucket });
  const { action, right } = operation;
  if (right !== 'self') authorize(call, bucket, { action, right });
  const answer = await (operation as Operation).run(call, bucket);
  const cors = corsHeaders(settingsOf(bucket).cors ?? [], call);
  return { ...answer, headers: { ...answer.headers, ...cors } };
}

function find(call: ObjectCall): Operation | Founding {
  const on = call.bucket === '' ? 'service' : call.key === '' ? 'bucket' : 'object';
  const wanted = [...call.parameters.keys()].filter((name) => SUB_RESOURCES.has(name));
  const found = operations.find(
    (operation) =>
      operation.method === call.method &&
      operation.on === on &&
      (operation.with ?? []).every((name) => call.parameters.has(name)) &&
      wanted.every((name) => operation.with?.includes(name)) &&
      (operation.header === undefined || call.own(operation.header) !== undefined),
  );
  if (found) return found;
  if (wanted.length > 0) throw objectFault('NotImplemented', `${call.method} with ${wanted.join(', ')}.`);
  throw objectFault('MethodNotAllowed');
}

/** A browser asks before it sends: nothing is signed. */
async function preflight(request: ObjectRequest, { database }: ObjectParts): Promise<ObjectAnswer> {
  const bucket: BucketRow | undefined = await findBucket(database.read, request.bucket);
  const headers = bucket ? corsHeaders(settingsOf(bucket).cors ?? [], request) : null;
  if (!headers || request.header('origin') === undefined)
    throw objectFault('AccessDenied', 'CORSResponse: no rule allows this.');
  return { status: 200, headers };
}

function toFault(error: unknown, { log }: ObjectParts): ObjectFault {
  if (error instanceof ObjectFault) return error;
  // The client went away in the middle of its body.
  if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return objectFault('IncompleteBody');
  log.error({ err: error }, 'object request failed');
  return objectFault(error instanceof WorldFault && error.retryable ? 'ServiceUnavailable' : 'InternalError');
}

function finished({ status, headers = {}, body = '' }: ObjectAnswer, request: ObjectRequest): FrontAnswer {
  const isXml = typeof body === 'string' && body !== '';
  return {
    status,
    code: '',
    headers: { ...(isXml && { 'content-type': 'application/xml' }), ...headers, ...requestIds(request) },
    body: request.method === 'HEAD' ? '' : body,
  };
}

const requestIds = ({ dialect, requestId }: Pick<ObjectRequest, 'dialect' | 'requestId'>) => ({
  [`${PREFIX[dialect]}request-id`]: requestId,
  server: dialect === 'oss' ? 'AliyunOSS' : 'Tongjing',
});

function refusal(fault: ObjectFault, incoming: Incoming, requestId: string): FrontAnswer {
  const { method, host } = incoming;
  const dialect = dialectOf(incoming);
  const [code, status] = (dialect === 's3' && S3_CODES[fault.code as keyof typeof S3_CODES]) || [
    fault.code,
    fault.status,
  ];
  const body = toXml('Error', {
    Code: code,
    Message: fault.message,
    RequestId: requestId,
    HostId: host,
    ...fault.data,
  });
  const next = fault.data['x-oss-next-append-position'];
  return {
    status,
    code,
    headers: {
      'content-type': 'application/xml',
      ...requestIds({ dialect, requestId }),
      ...(next !== undefined && { 'x-oss-next-append-position': next }),
    },
    body: method === 'HEAD' ? '' : body,
  };
}
