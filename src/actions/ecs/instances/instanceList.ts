import { jsonIds } from '../../../rules/idLists.ts';
import type { Call } from '../../call.ts';

/** `InstanceIds=["i-1","i-2"]`. */
export function readInstanceIds(call: Call, text: string | undefined): string[] | undefined {
  return readJsonList(call, text, 'InstanceIds');
}

/** A parameter that is a JSON array of strings in one text. */
export function readJsonList(call: Call, text: string | undefined, name: string): string[] | undefined {
  if (text === undefined) return undefined;
  const items = jsonIds(text);
  if (!items) throw call.error('InvalidParameter', { hint: `${name} is a JSON array of at most 100 strings.` });
  return items;
}
