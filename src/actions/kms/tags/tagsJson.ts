import type { Call } from '../../call.ts';
import type { TagInput } from '../../tags.ts';
import { invalid, readJson } from '../invalid.ts';

/** Tags as KMS's older actions write them: `[{"TagKey":"k","TagValue":"v"}]`. */
export function readTagsJson(call: Call, text: string | undefined): TagInput[] {
  if (text === undefined) return [];
  const tags = readJson(call, 'Tags', text);
  if (!Array.isArray(tags)) throw malformed(call);
  return tags.map((tag: unknown) => {
    const { TagKey: key, TagValue: value = '' } = (tag ?? {}) as { TagKey?: unknown; TagValue?: unknown };
    if (typeof key !== 'string' || typeof value !== 'string') throw malformed(call);
    return { key, value };
  });
}

/** `["k1","k2"]` */
export function readTagKeysJson(call: Call, text: string): string[] {
  const keys = readJson(call, 'TagKeys', text);
  const isList = Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string');
  if (!isList) throw invalid(call, 'TagKeys', 'It is a JSON list of keys.');
  return keys as string[];
}

const malformed = (call: Call) => invalid(call, 'Tags', 'It is a JSON list of {"TagKey": …, "TagValue": …}.');
