import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as ecs from '@alicloud/ecs20140526';
import type * as sts from '@alicloud/sts20150401';
import type * as vpc from '@alicloud/vpc20160428';
import type * as location from './location.ts';

/** The official SDKs' models are the contract: names, types and nesting of every request and response. */
interface Models {
  Ecs: typeof ecs;
  Vpc: typeof vpc;
  Sts: typeof sts;
  Location: typeof location;
}

export type Product = keyof Models;

export const products: Readonly<Record<Product, { version: string; package: string | null }>> = {
  Ecs: { version: '2014-05-26', package: '@alicloud/ecs20140526' },
  Vpc: { version: '2016-04-28', package: '@alicloud/vpc20160428' },
  Sts: { version: '2015-04-01', package: '@alicloud/sts20150401' },
  Location: { version: '2015-06-12', package: null },
};

/** SDK models inherit `[key: string]: any`, with which nothing is checked: this takes it and the methods away, at every depth. */
type Strip<T> = T extends (infer Item)[]
  ? Strip<Item>[]
  : T extends { validate(): void }
    ? { [K in keyof T as string extends K ? never : T[K] extends (...args: never) => unknown ? never : K]: Strip<T[K]> }
    : T;

type Instance<P extends Product, Name> = Name extends keyof Models[P]
  ? Models[P][Name] extends abstract new (...args: never) => infer Model
    ? Strip<Model>
    : never
  : never;

/** Model names; where the SDK respells the action (`CreateVswitch`), the action's file gives the wire name. */
export type ActionName<P extends Product> = keyof Models[P] extends infer Name
  ? Name extends `${infer Action}ResponseBody`
    ? Action
    : never
  : never;
/** An action without parameters (GetCallerIdentity) has no request model. */
export type RequestOf<P extends Product, A extends string> = `${A}Request` extends keyof Models[P]
  ? Instance<P, `${A}Request`>
  : Record<never, never>;
export type ResponseOf<P extends Product, A extends string> = Omit<Instance<P, `${A}ResponseBody`>, 'requestId'>;

export type FieldType =
  | 'string'
  | 'number'
  | 'boolean'
  | 'any'
  | 'Buffer'
  | { type: 'array'; itemType: FieldType }
  | { type: 'map'; keyType: string; valueType: FieldType }
  | Model;

/** What an SDK model class says of itself: field → wire name, field → type. */
export interface Model {
  names(): Record<string, string>;
  types(): Record<string, FieldType>;
}

const require = createRequire(import.meta.url);

/** Of an action without parameters. */
export const emptyModel: Model = { names: () => ({}), types: () => ({}) };

/** Loads one model file alone: a whole SDK takes 0.3 s to load, its few hundred used models much less. */
export function loadModel(product: Product, name: string): Model {
  const source = products[product].package;
  // The SDKs respell `VSwitch` in the names of files, not of classes.
  const models: Record<string, Model> = source
    ? require(`${source}/dist/models/${name.replaceAll('VSwitch', 'Vswitch')}.js`)
    : require('./location.ts');
  const model = models[name];
  if (!model) throw new TypeError(`${product} has no model ${name}`);
  return model;
}

/** Names of every model of a product, from the listing of its folder: nothing is loaded. */
export function modelNames(product: Product): string[] {
  const source = products[product].package;
  if (!source) return Object.keys(require('./location.ts'));
  return readdirSync(join(dirname(require.resolve(source)), 'models'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length));
}
