import type { Action } from '../actions/action.ts';
import {
  emptyModel,
  hasModel,
  isKnownAction,
  loadModel,
  products,
  type Model,
  type Product,
  type SdkProduct,
} from '../contract/sdk.ts';
import { gatewayError, missingParameter } from './faults.ts';

/** An action with the models that its requests and responses follow. */
export interface Entry {
  action: Action;
  request: Model;
  response: Model;
  hasParameter(wire: string): boolean;
}

export interface Table {
  /** Throws the official error when there is no such action, or none that is built. */
  find(version: string, name: string): Entry;
}

export function createTable(actions: readonly Action[]): Table {
  const products_ = new Map<string, Product>(
    Object.entries(products).map(([product, { version }]) => [version, product as Product]),
  );
  const byName = new Map(actions.map((action) => [`${action.product}/${action.name}`, action]));
  const loaded = new Map<Action, Entry>();

  return {
    find(version, name) {
      if (!version) throw missingParameter('Version');
      const product = products_.get(version);
      if (!product) throw gatewayError('InvalidVersion');
      if (!name) throw missingParameter('Action');
      const action = byName.get(`${product}/${name}`);
      if (!action)
        throw isKnownAction(product, name) ? notBuilt(product, name) : gatewayError('InvalidAction.NotFound');
      let entry = loaded.get(action);
      if (!entry) loaded.set(action, (entry = load(action)));
      return entry;
    },
  };
}

function load(action: Action): Entry {
  const { request, response } = modelsOf(action);
  const wireNames = new Set(Object.values(request.names()));
  return { action, request, response, hasParameter: (wire) => wireNames.has(wire) };
}

function modelsOf({ product, models }: Action): { request: Model; response: Model } {
  if (typeof models !== 'string') return models;
  const of = product as SdkProduct;
  const name = `${models}Request`;
  return {
    request: hasModel(of, name) ? loadModel(of, name) : emptyModel,
    response: loadModel(of, `${models}ResponseBody`),
  };
}

/** Never 404 (Terraform: "deleted") nor 5xx (Terraform: "try again for half an hour"). */
const notBuilt = (product: string, name: string) => gatewayError('UnsupportedOperation', { values: [product, name] });
