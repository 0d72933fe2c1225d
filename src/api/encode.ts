import type { Json } from '../base/xml.ts';
import type { FieldType, Model } from '../contract/sdk.ts';
import { isModel } from './decode.ts';

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
