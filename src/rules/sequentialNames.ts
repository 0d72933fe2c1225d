/**
 * Names of instances made by one call: `name_prefix[begin_number,bits]name_suffix`, counting up with leading zeros, and UniqueSuffix,
 * which appends 001, 002 … Source: "Batch set sequential instance names or hostnames".
 */

const PATTERN = /^(?<prefix>[^[\]]*)\[(?<begin>\d{0,6})(?:,(?<bits>[1-6]?))?\](?<suffix>[^[\]]*)$/;
const DEFAULT_BITS = 6;
const UNIQUE_DIGITS = 3;

/** The `count` names that `name` stands for, or null when it holds brackets that are no such pattern. */
export function sequentialNames(name: string, count: number, uniqueSuffix: boolean): string[] | null {
  const append = (text: string, index: number) =>
    uniqueSuffix && count > 1 ? text + String(index + 1).padStart(UNIQUE_DIGITS, '0') : text;
  const indexes = [...Array(count).keys()];
  if (!/[[\]]/.test(name)) return indexes.map((index) => append(name, index));

  const { prefix = '', begin = '', bits = '', suffix = '' } = PATTERN.exec(name)?.groups ?? {};
  if (!PATTERN.test(name)) return null;
  const first = Number(begin);
  const asked = Number(bits) || DEFAULT_BITS;
  const width = String(first).length > asked ? DEFAULT_BITS : asked;
  return indexes.map((index) => {
    const numbered = prefix + String(first + index).padStart(width, '0') + suffix;
    return suffix ? append(numbered, index) : numbered;
  });
}
