import { ApiError } from '../../contract/errors.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Answer } from '../envelope.ts';
import type { Answering } from '../front.ts';
import { OPERATOR_PREFIX } from '../front.ts';
import type { Received } from '../receive.ts';
import { isSame } from '../signature.ts';
import type { OperatorParts, Route } from './parts.ts';
import { routes } from './routes.ts';

const BODY_LIMIT_BYTES = 64 * 1024;

/** `/_tongjing/…`: JSON in, JSON out, `Authorization: Bearer <operator.token>` but for what tells nobody anything. */
export function createOperator(parts: OperatorParts): Answering {
  return async (received) => {
    try {
      return await serve(received, parts);
    } catch (error) {
      return refusal(error, parts);
    }
  };
}

async function serve(received: Received, parts: OperatorParts): Promise<Answer> {
  const path = received.path.slice(OPERATOR_PREFIX.length);
  const atPath = routes.flatMap((route) => {
    const matched = matchPath(route.path, path);
    return matched ? [{ route, ids: matched }] : [];
  });
  if (atPath.length === 0) throw new ApiError(404, 'NotFound', `There is no ${received.path}.`);
  const found = atPath.find(({ route }) => route.method === received.method);
  if (!found)
    throw new ApiError(
      405,
      'MethodNotAllowed',
      `${received.path} takes ${atPath.map(({ route }) => route.method).join(', ')}.`,
    );
  const { route, ids } = found;
  // Even a wrong method or a wrong path tells nothing; only what follows needs the token.
  if (!route.isOpen && !isAuthorised(received, parts.token)) {
    throw new ApiError(
      401,
      'Unauthorized',
      'Send Authorization: Bearer <the text of operator.token in the data folder>.',
    );
  }
  const body = parseBody(await received.body(BODY_LIMIT_BYTES));
  return answerOf(await route.run({ body, ids }, parts));
}

/** `jobs/:id` against `jobs/t-1`: its ids, in order. */
function matchPath(pattern: string, path: string): string[] | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const ids: string[] = [];
  for (const [index, step] of wanted.entries()) {
    if (step.startsWith(':')) ids.push(given[index]!);
    else if (step !== given[index]) return null;
  }
  return ids;
}

function isAuthorised(received: Received, token: string): boolean {
  const match = /^Bearer +(\S+)$/i.exec(received.header('authorization') ?? '');
  return match !== null && isSame(match[1]!, token);
}

function parseBody(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ApiError(400, 'InvalidParameter', 'The body must be a JSON object.');
}

function answerOf(result: Awaited<ReturnType<Route['run']>>): Answer {
  if ('text' in result) {
    return {
      status: result.status ?? 200,
      code: '',
      headers: { 'content-type': result.contentType },
      body: result.text,
    };
  }
  const body = `${JSON.stringify(result.json)}\n`;
  return {
    status: result.status ?? 200,
    code: '',
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body,
  };
}

/** The operator may read what went wrong; a fault of our own still only goes to the log. */
function refusal(error: unknown, parts: OperatorParts): Answer {
  const known =
    error instanceof ApiError
      ? error
      : error instanceof WorldFault
        ? new ApiError(error.retryable ? 503 : 409, error.code, error.message)
        : new ApiError(500, 'InternalError', 'The service failed; its log says more.');
  if (known.status >= 500) parts.log.error({ err: error }, 'operator request failed');
  const { status, code, message } = known;
  const body = `${JSON.stringify({ code, message })}\n`;
  return { status, code, headers: { 'content-type': 'application/json;charset=utf-8' }, body };
}
