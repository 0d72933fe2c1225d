/** Names and texts as the API reference bounds them ("Limits" of each action). Pure predicates: true is acceptable. */

const NAME = /^[A-Za-z\u4e00-\u9fff][\w:.\-\u4e00-\u9fff]{1,127}$/;
const URL_START = /^https?:\/\//i;
const RESERVED_PREFIX = /^(?:acs:|aliyun)/i;

/** 2-128 characters, first a letter (ASCII or Chinese), then also digits, `:` `_` `.` `-`; no URL. */
export const isResourceName = (name: string): boolean => NAME.test(name) && !URL_START.test(name);

/** A resource name that besides does not begin with `acs:` or `aliyun` nor holds a URL. Also an image family's. */
export const isImageName = (name: string): boolean =>
  isResourceName(name) && !RESERVED_PREFIX.test(name) && !/https?:\/\//i.test(name);

/** A resource name that does not begin with `auto`, which is kept for automatic snapshots. */
export const isSnapshotName = (name: string): boolean => isResourceName(name) && !/^auto/i.test(name);

/** 2-256 characters, no URL at its start. Empty means none. */
export const isDescription = (text: string): boolean =>
  text === '' || (text.length >= 2 && text.length <= 256 && !URL_START.test(text));

/** Windows: 2-15 letters, digits, `-`, not all digits. Linux: 2-64, labels joined by single dots. */
export function isHostName(name: string, osType: 'linux' | 'windows'): boolean {
  if (osType === 'windows') {
    return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,13})[A-Za-z0-9]$/.test(name) && !/^\d+$/.test(name);
  }
  return (
    name.length >= 2 && name.length <= 64 && /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(name) && !/^-|-$/.test(name)
  );
}

/** A resource group is no record here: any id of its form may be used to group and filter by. */
export const isResourceGroupId = (id: string): boolean => /^rg-[a-z0-9]{1,32}$/.test(id);

const SPECIAL = "()`~!@#$%^&*-_+=|{}[]:;'<>,.?/";

/** 8-30 characters of at least three of: upper case, lower case, digits, specials. Windows: no `/` first. */
export function isPassword(password: string, osType: 'linux' | 'windows'): boolean {
  if (password.length < 8 || password.length > 30) return false;
  if (osType === 'windows' && password.startsWith('/')) return false;
  const isSpecial = (character: string) => SPECIAL.includes(character);
  if (![...password].every((character) => /[A-Za-z0-9]/.test(character) || isSpecial(character))) return false;
  const classes = [/[A-Z]/.test(password), /[a-z]/.test(password), /\d/.test(password), [...password].some(isSpecial)];
  return classes.filter(Boolean).length >= 3;
}

/** Six letters and digits. */
export const isVncPassword = (password: string): boolean => /^[A-Za-z0-9]{6}$/.test(password);

/** No control, no formatting character (such as turn the direction of text), no line or paragraph separator, no half of a pair. */
export const isPrintable = (text: string): boolean => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);

const UNFIT_IN_TAG = /\p{Cc}|https?:\/\//iu;

/** 1-128 characters, no `aliyun` or `acs:` at the start, no URL, no control character. */
export const isTagKey = (key: string): boolean =>
  key.length >= 1 && key.length <= 128 && !RESERVED_PREFIX.test(key) && !UNFIT_IN_TAG.test(key);

/** 0-128 characters, no `acs:` at the start, no URL, no control character. */
export const isTagValue = (value: string): boolean =>
  value.length <= 128 && !/^acs:/i.test(value) && !UNFIT_IN_TAG.test(value);

/** `pattern` with `*` for any run of characters, as DescribeImages' ImageName and DescribeInstances' InstanceName take it; as SQL LIKE with `\` as escape. */
export const likePattern = (pattern: string): string =>
  pattern.replace(/[\\%_]/g, (character) => `\\${character}`).replaceAll('*', '%');
