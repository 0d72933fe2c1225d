import type { Call } from './call.ts';

/** `value` as one of the known ones (absent stays absent), else the error `code`. */
export function oneOf<const Known extends string>(
  call: Call,
  value: string | undefined,
  known: readonly Known[],
  code: string,
): Known | undefined {
  if (value === undefined) return undefined;
  const found = known.find((each) => each === value);
  if (found === undefined) throw call.error(code, { hint: `It is one of ${known.join(', ')}.` });
  return found;
}
