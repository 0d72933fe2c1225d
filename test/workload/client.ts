import { createHmac, randomUUID } from 'node:crypto';

export interface Account {
  accountId: string;
  accessKeyId: string;
  accessKeySecret: string;
}

/** The service is not there (any more): whether it did what it was asked is not known. */
export class ServiceGone extends Error {
  override readonly name = 'ServiceGone';
}

/** The service's answer was an error. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;

  constructor(what: string, status: number, code: string, message: string) {
    super(`${what}: ${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** One signed call (V1, HMAC-SHA1). */
export async function callApi<T>(
  endpoint: string,
  account: Account,
  action: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<T> {
  const all: Record<string, string> = {
    Action: action,
    Version: '2014-05-26',
    Format: 'JSON',
    AccessKeyId: account.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) all[name] = String(value);
  const query = Object.keys(all)
    .sort()
    .map((name) => `${encode(name)}=${encode(all[name]!)}`)
    .join('&');
  const signature = createHmac('sha1', `${account.accessKeySecret}&`)
    .update(`POST&%2F&${encode(query)}`)
    .digest('base64');
  return exchange<T>(action, `${endpoint}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `${query}&Signature=${encode(signature)}`,
    ...(signal && { signal }),
  });
}

/** Sends a request and reads a JSON answer. Throws `Refused` for an error, `ServiceGone` when there was no answer. */
export async function exchange<T>(what: string, url: string, init: RequestInit): Promise<T> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, init);
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new ServiceGone(`${what}: no answer`, { cause: error });
  }
  const body = (text ? JSON.parse(text) : {}) as T & { Code?: string; Message?: string };
  if (status >= 400) throw new Refused(what, status, body.Code ?? '', body.Message ?? text);
  return body;
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
