import type { FieldType, Model } from '../contract/sdk.ts';
import { isModel } from './decode.ts';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Encode = (value: unknown) => Json;

/** The response as its model spells it on the wire. Absent lists are sent empty: clients look into them unasked. */
export function encodeResponse(model: Model, response: object): { [name: string]: Json } {
  return encoderOf(model)(response) as { [name: string]: Json };
}

const encoders = new WeakMap<Model, Encode>();

function encoderOf(model: Model): Encode {
  let encode = encoders.get(model);
  if (!encode) encoders.set(model, (encode = compile(model)));
  return encode;
}

function compile(model: Model): Encode {
  const types = model.types();
  const fields = Object.entries(model.names()).map(([key, wire]) => {
    const type = types[key]!;
    return { key, wire, encode: encodeOf(type), absent: emptyList(type) };
  });
  return (value) => {
    const source = value as Record<string, unknown>;
    const out: { [name: string]: Json } = {};
    for (const { key, wire, encode, absent } of fields) {
      const field = source[key];
      if (field !== undefined && field !== null) out[wire] = encode(field);
      else if (absent) out[wire] = absent;
    }
    return out;
  };
}

function encodeOf(type: FieldType): Encode {
  if (isModel(type)) return encoderOf(type);
  if (typeof type === 'string') return (value) => value as Json;
  if (type.type === 'array') {
    const item = encodeOf(type.itemType);
    return (value) => (value as unknown[]).map(item);
  }
  const item = encodeOf(type.valueType);
  return (value) => Object.fromEntries(Object.entries(value as object).map(([key, field]) => [key, item(field)]));
}

/** `{"Image": []}` for the wrapper of a list; undefined for anything else. */
function emptyList(type: FieldType): Json | undefined {
  if (!isModel(type)) return undefined;
  const [wire, ...more] = Object.values(type.names());
  const [item] = Object.values(type.types());
  const isWrapper =
    wire !== undefined && more.length === 0 && typeof item === 'object' && 'type' in item && item.type === 'array';
  return isWrapper ? { [wire]: [] } : undefined;
}

/** No attributes, no namespaces; a list repeats its element. */
export function toXml(root: string, body: { [name: string]: Json }): string {
  return `<?xml version='1.0' encoding='UTF-8'?>${element(root, body)}`;
}

function element(name: string, value: Json): string {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  if (value === null) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<Json, null>): string {
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, field]) => element(name, field))
      .join('');
  }
  return escapeXml(String(value));
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

/** What XML 1.0 can't hold. */
// oxlint-disable-next-line no-control-regex
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (char) => ESCAPES[char]!).replace(NOT_XML, '\ufffd');
}
