import { pageOf, type Page } from '../rules/paging.ts';
import type { Call } from './call.ts';

/** The page that a Describe action is asked for; out of range is `InvalidParameter`, naming which. */
export function pageFor(
  call: Call,
  request: { pageNumber?: number; pageSize?: number },
  limits?: { maxSize: number; defaultSize?: number },
): Page {
  const page = pageOf(request, limits);
  if (typeof page !== 'string') return page;
  throw call.error('InvalidParameter', { hint: `${page} is out of range.` });
}
