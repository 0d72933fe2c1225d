import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as ecs from '@alicloud/ecs20140526';
import type * as ram from '@alicloud/ram20150501';
import type * as sts from '@alicloud/sts20150401';
import type * as vpc from '@alicloud/vpc20160428';
import cbnActions from './cbnActions.json' with { type: 'json' };
import kmsActions from './kmsActions.json' with { type: 'json' };

/** The official SDKs' models are the contract: names, types and nesting of every request and response. */
interface Models {
  Ecs: typeof ecs;
  Vpc: typeof vpc;
  Sts: typeof sts;
  Ram: typeof ram;
}

/** Products whose models are an SDK's. */
export type SdkProduct = keyof Models;

/**
 * Every product by its API version. `package`: the SDK that has its models. Without one (Location, Kms, Cbn and VpcPeer have none in TypeScript that is
 * kept up; Tongjing is what we add) each action's file holds its models, and `known` names the official actions, built or not.
 */
export const products = {
  Ecs: { version: '2014-05-26', package: '@alicloud/ecs20140526' },
  Vpc: { version: '2016-04-28', package: '@alicloud/vpc20160428' },
  Sts: { version: '2015-04-01', package: '@alicloud/sts20150401' },
  Ram: { version: '2015-05-01', package: '@alicloud/ram20150501' },
  Location: { version: '2015-06-12', known: ['DescribeEndpoints', 'DescribeRegions', 'DescribeServices'] },
  Kms: { version: '2016-01-20', known: kmsActions },
  Cbn: { version: '2017-09-12', known: cbnActions },
  VpcPeer: {
    version: '2022-01-01',
    known: [
      'AcceptVpcPeerConnection',
      'CreateVpcPeerConnection',
      'DeleteVpcPeerConnection',
      'GetVpcPeerConnectionAttribute',
      'ListTagResources',
      'ListVpcPeerConnections',
      'ModifyVpcPeerConnection',
      'MoveResourceGroup',
      'RejectVpcPeerConnection',
      'TagResources',
      'UnTagResources',
    ],
  },
  Tongjing: { version: '2026-11-01', known: [] },
} as const satisfies Record<string, ProductEntry>;

export type Product = keyof typeof products;

export type ProductEntry = { version: string; package: string } | { version: string; known: readonly string[] };

/** SDK models inherit `[key: string]: any`, with which nothing is checked: this takes it and the methods away, at every depth. */
type Strip<T> = T extends (infer Item)[]
  ? Strip<Item>[]
  : T extends { validate(): void }
    ? { [K in keyof T as string extends K ? never : T[K] extends (...args: never) => unknown ? never : K]: Strip<T[K]> }
    : T;

type Instance<P extends SdkProduct, Name> = Name extends keyof Models[P]
  ? Models[P][Name] extends abstract new (...args: never) => infer Model
    ? Strip<Model>
    : never
  : never;

/** Model names; where the SDK respells the action (`CreateVswitch`), the action's file gives the wire name. */
export type ActionName<P extends SdkProduct> = keyof Models[P] extends infer Name
  ? Name extends `${infer Action}ResponseBody`
    ? Action
    : never
  : never;
/** An action without parameters (GetCallerIdentity) has no request model. */
export type RequestOf<P extends SdkProduct, A extends string> = `${A}Request` extends keyof Models[P]
  ? Instance<P, `${A}Request`>
  : Record<never, never>;
export type ResponseOf<P extends SdkProduct, A extends string> = Omit<Instance<P, `${A}ResponseBody`>, 'requestId'>;

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
export function loadModel(product: SdkProduct, name: string): Model {
  // The SDKs respell `VSwitch` in the names of files, not of classes.
  const file = `${products[product].package}/dist/models/${name.replaceAll('VSwitch', 'Vswitch')}.js`;
  const models: Record<string, Model> = require(file);
  const model = models[name];
  if (!model) throw new TypeError(`${product} has no model ${name}`);
  return model;
}

/** Names of every model of a product, from the listing of its folder: nothing is loaded. */
export function modelNames(product: SdkProduct): string[] {
  return readdirSync(join(dirname(require.resolve(products[product].package)), 'models'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length));
}

/** Whether an SDK, or a list of official names, knows an action of this name. The SDKs respell some (`CreateVswitch`), but none begins in lower case. */
export function isKnownAction(product: Product, name: string): boolean {
  const entry: ProductEntry = products[product];
  if ('known' in entry) return entry.known.includes(name);
  return /^[A-Z]/.test(name) && hasModel(product as SdkProduct, `${name}ResponseBody`);
}

export const hasModel = (product: SdkProduct, name: string): boolean =>
  modelNames(product).some((model) => model.toLowerCase() === name.toLowerCase());
