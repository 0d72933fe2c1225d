import type { Action } from '../actions/action.ts';
import { createCall, type CallParts, type Perform } from '../actions/call.ts';
import { products } from '../contract/sdk.ts';
import { atSavepoint } from '../records/rehearsal.ts';
import { decodeRequest, type DecodeRules } from './decode.ts';
import { encodeResponse } from './encode.ts';
import { missingParameter } from './faults.ts';
import type { Parameters } from './parameters.ts';
import type { Entry, Table } from './table.ts';

type Rules = Omit<DecodeRules, 'action'>;

/** What an action is handed: the decoded request, with everything in it that the action can't do without. */
export function readRequest(entry: Entry, parameters: Parameters, rules: Rules): Record<string, unknown> {
  const { action } = entry;
  const request = decodeRequest(entry.request, parameters, { ...rules, action: action.name });
  for (const key of action.required)
    if (request[key] === undefined) throw missingParameter(entry.request.names()[key]!);
  return request;
}

/** `call.perform` of a call of `action`. */
export function createPerform(
  action: Action,
  here: Omit<CallParts, 'actionName' | 'perform'>,
  parts: Rules & { table: Table },
): Perform {
  const perform: Perform = (name, parameters, account) =>
    atSavepoint(here.db, async () => {
      const entry = parts.table.find(products.Ecs.version, name);
      const request = readRequest(entry, new Map(Object.entries(parameters)), parts);
      const caller = { ...here.caller, account, role: null };
      const call = createCall({ ...here, caller, actionName: name, perform: refuse });
      const response = await entry.action.run(request, call);
      return { response: encodeResponse(entry.response, response), enqueued: call.enqueued };
    });
  const refuse: Perform = () => {
    throw new TypeError(`${action.name} may not perform other actions: it is no rehearsal`);
  };
  return action.access === 'rehearsal' ? perform : refuse;
}
