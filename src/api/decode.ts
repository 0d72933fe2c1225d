import { errorCatalogue, apiError, type ApiError } from '../contract/errors.ts';
import type { FieldType, Model } from '../contract/sdk.ts';
import { badParameter, gatewayError } from './faults.ts';
import type { Limits } from './limits.ts';
import type { Parameters } from './parameters.ts';

/** `Tag.1.Key` and its like, taken apart at the dots. */
type Tree = Map<string, string | Tree>;

interface Field {
  key: string;
  type: FieldType;
}

type Fields = ReadonlyMap<string, Field>;

export interface DecodeRules {
  action: string;
  limits: Pick<Limits, 'listIndex' | 'depth'>;
  unknownParameters: 'refuse' | 'ignore';
}

/** Public parameters of the protocol, and those that SDKs add to every action whether it has them or not. */
const COMMON = new Set([
  'Action',
  'Version',
  'Format',
  'AccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'SignatureNonce',
  'SignatureType',
  'Timestamp',
  'SecurityToken',
  'BearerToken',
  'RegionId',
  'AcceptLanguage',
  'OwnerId',
  'OwnerAccount',
  'ResourceOwnerId',
  'ResourceOwnerAccount',
]);

/** The business parameters as an object of the request model. Blank values are as good as absent. */
export function decodeRequest(model: Model, parameters: Parameters, rules: DecodeRules): Record<string, unknown> {
  const tree: Tree = new Map();
  const fields = fieldsOf(model);
  for (const [name, value] of parameters) {
    const path = name.split('.');
    if (!findField(fields, path[0]!)) {
      if (COMMON.has(name) || rules.unknownParameters === 'ignore') continue;
      throw gatewayError('UnsupportedParameter', {
        about: 'parameters is',
        hint: `${rules.action} has no parameter ${name}.`,
      });
    }
    if (path.length > rules.limits.depth)
      throw badParameter(`${name} is nested deeper than ${rules.limits.depth} levels.`);
    if (value !== '') plant(tree, path, value, name);
  }
  return decodeModel(fields, tree, '', rules);
}

function plant(tree: Tree, path: readonly string[], value: string, name: string): void {
  let at = tree;
  for (const step of path.slice(0, -1)) {
    let next = at.get(step);
    if (next === undefined) at.set(step, (next = new Map()));
    if (typeof next === 'string') throw badParameter(`${name} contradicts another parameter.`);
    at = next;
  }
  const last = path.at(-1)!;
  if (at.has(last)) throw badParameter(`${name} contradicts another parameter.`);
  at.set(last, value);
}

function decodeModel(fields: Fields, tree: Tree, prefix: string, rules: DecodeRules): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [wire, node] of tree) {
    const name = prefix + wire;
    const field = findField(fields, wire);
    if (!field) {
      if (rules.unknownParameters === 'ignore') continue;
      throw gatewayError('UnsupportedParameter', {
        about: 'parameters is',
        hint: `${rules.action} has no parameter ${name}.`,
      });
    }
    if (field.key in out) throw badParameter(`${name} was sent twice, in two spellings.`);
    out[field.key] = decodeValue(field.type, node, name, rules);
  }
  return out;
}

function decodeValue(type: FieldType, node: string | Tree, name: string, rules: DecodeRules): unknown {
  if (typeof type === 'string') {
    if (typeof node !== 'string') throw badParameter(`${name} is a single value.`);
    return decodeText(type, node, name, rules);
  }
  if (typeof node === 'string') return decodeValue(type, treeOf(node, name, rules), name, rules);
  if (isModel(type)) return decodeModel(fieldsOf(type), node, `${name}.`, rules);
  if (type.type === 'array') return decodeList(type.itemType, node, name, rules);
  return Object.fromEntries(
    [...node].map(([key, value]) => [key, decodeValue(type.valueType, value, `${name}.${key}`, rules)]),
  );
}

/** Some products' SDKs (RAM's), and Terraform, send what has parts as JSON in one text: `Tag=[{"Key":"a"}]`. */
function treeOf(text: string, name: string, { limits }: DecodeRules): Tree {
  const planted = (value: unknown, depth: number): string | Tree => {
    if (typeof value !== 'object' || value === null) return String(value);
    if (depth > limits.depth) throw badParameter(`${name} is nested deeper than ${limits.depth} levels.`);
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((item, index) => [String(index + 1), item])
      : Object.entries(value);
    const parts = entries.filter(([, part]) => part !== null && part !== '');
    return new Map(parts.map(([step, part]) => [step, planted(part, depth + 1)]));
  };
  let tree: string | Tree = '';
  if (/^\s*[[{]/.test(text)) {
    try {
      tree = planted(JSON.parse(text), 1);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  if (typeof tree === 'string') throw badParameter(`${name} has parts: send ${name}.…`);
  return tree;
}

/** Numbered from 1, in any order, gaps allowed. */
function decodeList(itemType: FieldType, node: Tree, name: string, rules: DecodeRules): unknown[] {
  const items = [...node].map(([step, value]) => {
    const index = /^[1-9]\d*$/.test(step) ? Number(step) : Number.NaN;
    if (!(index <= rules.limits.listIndex)) {
      throw badParameter(`${name}.${step}: items are numbered from 1 to ${rules.limits.listIndex}.`);
    }
    return { index, item: decodeValue(itemType, value, `${name}.${step}`, rules) };
  });
  return items.sort((left, right) => left.index - right.index).map(({ item }) => item);
}

function decodeText(type: string, text: string, name: string, rules: DecodeRules): unknown {
  switch (type) {
    case 'number': {
      const number = Number(text);
      const isFraction = MAY_BE_FRACTIONS.test(name);
      const shape = isFraction ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
      if (!shape.test(text) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
        throw invalidValue(rules.action, name, isFraction ? 'a number' : 'a whole number');
      }
      return number;
    }
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower !== 'true' && lower !== 'false') throw invalidValue(rules.action, name, 'true or false');
      return lower === 'true';
    }
    default:
      return text;
  }
}

/** The models say `number` for both; all others are whole. */
const MAY_BE_FRACTIONS = /(price|pricelimit|memory|memorysize|frequency|ratio|weightedcapacity)$/i;

/** The action's own code for this parameter where its table has one. */
function invalidValue(action: string, name: string, wanted: string): ApiError {
  const word = name.replaceAll(/\.\d+/g, '').replaceAll('.', '');
  const own = errorCatalogue[action]?.find(({ code }) =>
    [`Invalid${word}.ValueNotSupported`, `Invalid${word}.Malformed`, `Invalid${word}`].includes(code),
  );
  const hint = `${name} must be ${wanted}.`;
  return own ? apiError(action, own.code, { hint, values: [''] }) : badParameter(hint);
}

const fieldsByModel = new WeakMap<Model, Fields>();

function fieldsOf(model: Model): Fields {
  let fields = fieldsByModel.get(model);
  if (!fields) {
    const types = model.types();
    fields = new Map(Object.entries(model.names()).map(([key, wire]) => [wire, { key, type: types[key]! }]));
    fieldsByModel.set(model, fields);
  }
  return fields;
}

/** Old clients spell some names in lower camel case (`Tag.1.key`), Terraform others in upper (`RegionId` for `regionId`). */
function findField(fields: Fields, wire: string): Field | undefined {
  const exact = fields.get(wire);
  if (exact) return exact;
  const first = wire.charAt(0);
  const flipped = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
  return fields.get(flipped + wire.slice(1));
}

export function isModel(type: FieldType): type is Model {
  return typeof type === 'function';
}
