import type { ObjectRow } from '../records/tables/objects.ts';
import { plainEtag } from './objectFields.ts';
import type { ObjectRequest } from './request.ts';

/** `holds`, or how it does not. Source: RFC 9110, section 13.2.2. `prefix`: `x-oss-copy-source-` for those of a copy's source. */
export function conditionOf(
  { header }: Pick<ObjectRequest, 'header'>,
  { etag, modifiedAt }: Pick<ObjectRow, 'etag' | 'modifiedAt'>,
  prefix = '',
): 'holds' | 'failed' | 'not modified' {
  const seconds = Math.floor(modifiedAt / 1000);
  const names = (list: string) => list.split(',').some((one) => one.trim() === '*' || plainEtag(one.trim()) === etag);
  const time = (name: string) => {
    const at = Date.parse(header(prefix + name) ?? '');
    return Number.isNaN(at) ? null : Math.floor(at / 1000);
  };
  const match = header(`${prefix}if-match`);
  const unmodified = time('if-unmodified-since');
  if (match !== undefined ? !names(match) : unmodified !== null && seconds > unmodified) return 'failed';
  const noneMatch = header(`${prefix}if-none-match`);
  const modified = time('if-modified-since');
  if (noneMatch !== undefined ? names(noneMatch) : modified !== null && seconds <= modified) return 'not modified';
  return 'holds';
}
