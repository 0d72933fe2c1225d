import type { Action } from '../actions/action.ts';
import { emptyModel, loadModel, modelNames, products, type Model, type Product } from '../contract/sdk.ts';
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
  const products_ = new Map(Object.entries(products).map(([product, { version }]) => [version, product as Product]));
  const byName = new Map(actions.map((action) => [`${action.product}/${action.name}`, action]));
  const loaded = new Map<Action, Entry>();

  return {
    find(version, name) {
      if (!version) throw missingParameter('Version');
      const product = products_.get(version);
      if (!product) throw gatewayError('InvalidVersion');
      if (!name) throw missingParameter('Action');
      const action = byName.get(`${product}/${name}`);
      if (!action) throw isKnown(product, name) ? notBuilt(product, name) : gatewayError('InvalidAction.NotFound');
      let entry = loaded.get(action);
      if (!entry) loaded.set(action, (entry = load(action)));
      return entry;
    },
  };
}

function load(action: Action): Entry {
  const name = `${action.modelName}Request`;
  const request = hasModel(action.product, name) ? loadModel(action.product, name) : emptyModel;
  const response = loadModel(action.product, `${action.modelName}ResponseBody`);
  const wireNames = new Set(Object.values(request.names()));
  return { action, request, response, hasParameter: (wire) => wireNames.has(wire) };
}

/** The SDKs respell some actions (`CreateVswitch`), but none begins in lower case. */
function isKnown(product: Product, name: string): boolean {
  return /^[A-Z]/.test(name) && hasModel(product, `${name}ResponseBody`);
}

const hasModel = (product: Product, name: string): boolean =>
  modelNames(product).some((model) => model.toLowerCase() === name.toLowerCase());

/** Never 404 (Terraform: "deleted") nor 5xx (Terraform: "try again for half an hour"). */
const notBuilt = (product: string, name: string) => gatewayError('UnsupportedOperation', { values: [product, name] });
