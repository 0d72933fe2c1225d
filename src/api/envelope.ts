import type { ApiError } from '../contract/errors.ts';
import { products } from '../contract/sdk.ts';
import type { Envelope } from './authenticate.ts';
import { toXml } from '../base/xml.ts';

/** What goes back over the wire. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** A stream is sent as it comes. */
  body: string | AsyncIterable<string | Uint8Array>;
  /** Of an error; empty on success. For the log, not the wire. */
  code: string;
}

interface About {
  requestId: string;
  envelope: Envelope;
}

export function successAnswer(body: Record<string, unknown>, about: About): Answer {
  return answer(200, '', body, `${about.envelope.action}Response`, about);
}

/** The official error body, and only what may be said: an ApiError holds nothing internal. */
export function errorAnswer(error: ApiError, about: About & { host: string }): Answer {
  const { requestId } = about;
  const recommend = new URLSearchParams({ q: error.code, product: productOf(about.envelope.version), requestId });
  const body = {
    RequestId: requestId,
    HostId: about.host,
    Code: error.code,
    Message: error.message,
    Recommend: `https://api.aliyun.com/troubleshoot?${recommend}`,
    ...error.data,
  };
  return answer(error.status, error.code, body, 'Error', about);
}

function answer(
  status: number,
  code: string,
  body: Record<string, unknown>,
  root: string,
  { requestId, envelope }: About,
): Answer {
  const isXml = envelope.format === 'XML';
  return {
    status,
    code,
    headers: {
      // The Node SDK reads exactly `text/xml;charset=utf-8` as XML and anything else as JSON.
      'content-type': isXml ? 'text/xml;charset=utf-8' : 'application/json;charset=utf-8',
      'x-acs-request-id': requestId,
    },
    body: isXml ? toXml(root, body as Parameters<typeof toXml>[1]) : JSON.stringify(body),
  };
}

function productOf(version: string): string {
  const found = Object.entries(products).find(([, product]) => product.version === version);
  return found?.[0] ?? 'Ecs';
}
