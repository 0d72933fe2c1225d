import { fits } from './access.ts';
import { objectFault } from './faults.ts';
import type { ObjectRequest } from './request.ts';
import type { CorsRule } from './settings.ts';
import { elementsIn, parseXml, textIn, textsIn } from './xml.ts';

const METHODS = new Set(['GET', 'PUT', 'DELETE', 'POST', 'HEAD']);
const MAX_RULES = 20;
const LONGEST_BYTES = 64 * 1024;
/** With one `*` at most: strangers' headers are compared with them. Source: S3 API reference, "Elements of a CORS configuration". */
const LONGEST_PATTERN = 1024;
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

export function parseCors(text: string): CorsRule[] {
  if (text.length > LONGEST_BYTES) throw objectFault('MalformedXML', 'It is longer than 64 KiB.');
  const rules = elementsIn(parseXml(text, 'CORSConfiguration'), 'CORSRule').map((rule) => {
    const maxAge = textIn(rule, 'MaxAgeSeconds');
    return {
      allowedOrigins: textsIn(rule, 'AllowedOrigin'),
      allowedMethods: textsIn(rule, 'AllowedMethod'),
      allowedHeaders: textsIn(rule, 'AllowedHeader'),
      exposeHeaders: textsIn(rule, 'ExposeHeader'),
      maxAgeSeconds: maxAge === undefined ? null : Number(maxAge),
    };
  });
  const isPattern = (pattern: string) => pattern.length <= LONGEST_PATTERN && pattern.split('*').length <= 2;
  const isFine = ({ allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAgeSeconds }: CorsRule) =>
    allowedOrigins.length > 0 &&
    allowedMethods.length > 0 &&
    allowedMethods.every((method) => METHODS.has(method)) &&
    [...allowedOrigins, ...allowedHeaders].every(isPattern) &&
    exposeHeaders.every((name) => HEADER_NAME.test(name)) &&
    (maxAgeSeconds === null || (Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0));
  if (rules.length === 0 || rules.length > MAX_RULES || !rules.every(isFine)) throw objectFault('MalformedXML');
  return rules;
}

export const corsXml = (rules: readonly CorsRule[]) => ({
  CORSRule: rules.map(({ allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAgeSeconds }) => ({
    AllowedOrigin: allowedOrigins,
    AllowedMethod: allowedMethods,
    AllowedHeader: allowedHeaders,
    ExposeHeader: exposeHeaders,
    MaxAgeSeconds: maxAgeSeconds,
  })),
});

/** The headers that let a browser's page have the answer; null: no rule lets it. */
export function corsHeaders(
  rules: readonly CorsRule[],
  { method, header }: Pick<ObjectRequest, 'method' | 'header'>,
): Record<string, string> | null {
  const origin = header('origin');
  if (origin === undefined) return {};
  const wanted = method === 'OPTIONS' ? (header('access-control-request-method') ?? '') : method;
  const asked = (header('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const rule = rules.find(
    ({ allowedOrigins, allowedMethods, allowedHeaders }) =>
      allowedOrigins.some((pattern) => fits(pattern, origin)) &&
      allowedMethods.includes(wanted) &&
      asked.every((name) => allowedHeaders.some((pattern) => fits(pattern.toLowerCase(), name))),
  );
  if (!rule) return null;
  return {
    'access-control-allow-origin': rule.allowedOrigins.includes('*') ? '*' : origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(asked.length > 0 && { 'access-control-allow-headers': asked.join(', ') }),
    ...(rule.exposeHeaders.length > 0 && { 'access-control-expose-headers': rule.exposeHeaders.join(', ') }),
    ...(rule.maxAgeSeconds !== null && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: 'Origin',
  };
}
