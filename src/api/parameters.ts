import { badParameter, gatewayError } from './faults.ts';
import type { Limits } from './limits.ts';

/** Wire names and values, decoded. */
export type Parameters = ReadonlyMap<string, string>;

type PairLimits = Pick<Limits, 'parameters' | 'nameLength' | 'valueLength'>;

/** Decodes a query string or a form body. `+` is a space: no client sends a plus sign unencoded. */
export function parsePairs(text: string, limits: PairLimits): Parameters {
  const pairs = new Map<string, string>();
  if (text === '') return pairs;
  let from = 0;
  while (from <= text.length) {
    const end = text.indexOf('&', from);
    const to = end < 0 ? text.length : end;
    if (to > from) addPair(pairs, text, from, to, limits);
    from = to + 1;
  }
  return pairs;
}

function addPair(pairs: Map<string, string>, text: string, from: number, to: number, limits: PairLimits): void {
  const equals = text.indexOf('=', from);
  const middle = equals < 0 || equals > to ? to : equals;
  const name = decode(text.slice(from, middle));
  const value = decode(text.slice(middle + 1, to));
  if (name.length > limits.nameLength)
    throw badParameter(`A parameter name is longer than ${limits.nameLength} characters.`);
  if (value.length > limits.valueLength) throw badParameter(`${name} is longer than ${limits.valueLength} characters.`);
  if (pairs.has(name)) throw badParameter(`${name} was sent twice.`);
  if (pairs.size >= limits.parameters) throw badParameter(`More than ${limits.parameters} parameters were sent.`);
  pairs.set(name, value);
}

const PLAIN = /^[\w.~*!'()-]*$/;

function decode(text: string): string {
  if (PLAIN.test(text)) return text;
  // Node hands raw bytes over as Latin-1: anything beyond ASCII was not percent-encoded.
  if (/[^\x21-\x7e]/.test(text)) throw notUtf8();
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw notUtf8();
  }
}

const notUtf8 = () => badParameter('Parameters must be percent-encoded UTF-8.');

/** Query and form together. The same name in both is fine only when the values agree. */
export function mergeParameters(query: Parameters, form: Parameters, limits: PairLimits): Parameters {
  if (form.size === 0) return query;
  if (query.size === 0) return form;
  const merged = new Map(query);
  for (const [name, value] of form) {
    const earlier = merged.get(name);
    if (earlier !== undefined && earlier !== value) throw badParameter(`${name} differs between query and body.`);
    merged.set(name, value);
  }
  if (merged.size > limits.parameters) throw badParameter(`More than ${limits.parameters} parameters were sent.`);
  return merged;
}

/** The form body of a request, if that is what its body is. */
export function parseForm(body: Buffer, contentType: string | undefined, limits: PairLimits): Parameters {
  if (body.length === 0) return new Map();
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== undefined && mediaType !== 'application/x-www-form-urlencoded') {
    throw gatewayError('InvalidParameter.Format', {
      hint: 'A request body must be application/x-www-form-urlencoded.',
    });
  }
  return parsePairs(body.toString('latin1'), limits);
}
