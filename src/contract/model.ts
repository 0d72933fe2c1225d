import type { FieldType, Model } from './sdk.ts';

/** What a field may be: a text, a number, a flag, another model, or a list of one of them (`['string']`). */
type Field = 'string' | 'number' | 'boolean' | Modelled<Fields> | readonly [Field];
type Fields = Readonly<Record<string, Field>>;

type Value<F> = F extends 'string'
  ? string
  : F extends 'number'
    ? number
    : F extends 'boolean'
      ? boolean
      : F extends readonly [infer Item]
        ? Value<Item>[]
        : F extends Modelled<infer Inner>
          ? ShapeOf<Inner>
          : never;

type ShapeOf<F> = { -readonly [K in keyof F]?: Value<F[K]> };

/** A model of our own, with the type of its fields. */
export interface Modelled<F> extends Model {
  readonly fields: F;
}

/** What a model's data look like; every field may be absent, as in the SDKs' models. */
export type DataOf<M> = M extends Modelled<infer F> ? ShapeOf<F> : never;

/**
 * The model of a request, a response or a part of one, where there is no SDK to take it from: `model({ keyId: 'string' })`. On the
 * wire each field begins with a capital; `respelt` names those that are spelt otherwise (`{ kmsKeyId: 'KMSKeyId' }`).
 */
export function model<const F extends Fields>(
  fields: F,
  respelt: { readonly [K in keyof F]?: string } = {},
): Modelled<F> {
  const spell = (key: string) =>
    (respelt as Record<string, string | undefined>)[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
  const names = Object.fromEntries(Object.keys(fields).map((key) => [key, spell(key)]));
  const types = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, typeOf(field)]));
  // A function, as the SDKs' model classes are.
  return Object.assign(() => {}, { fields, names: () => names, types: () => types });
}

function typeOf(field: Field): FieldType {
  return isList(field) ? { type: 'array', itemType: typeOf(field[0]) } : field;
}

function isList(field: Field): field is readonly [Field] {
  return Array.isArray(field);
}
