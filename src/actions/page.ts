import { pageOf, type Page } from '../rules/paging.ts';
import type { Call } from './call.ts';
import { lists } from './lists.ts';

/** The page that a Describe action is asked for; out of range is the action's own code for it, or `InvalidParameter`, naming which. */
export function pageFor(
  call: Call,
  request: { pageNumber?: number; pageSize?: number },
  limits?: { maxSize: number; defaultSize?: number },
): Page {
  const page = pageOf(request, limits);
  if (typeof page !== 'string') return page;
  const own = `InvalidParam.${page}`;
  throw call.error(lists(call, own) ? own : 'InvalidParameter', { hint: `${page} is out of range.` });
}
