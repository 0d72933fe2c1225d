import { nextToken, readNextToken } from '../rules/nextToken.ts';
import { parseTime } from '../rules/times.ts';
import type { Call } from './call.ts';
import { pageFor } from './page.ts';

interface ListRequest {
  pageNumber?: number;
  pageSize?: number;
  maxResults?: number;
  nextToken?: string;
}

/** Which rows of a list, newest first, are asked for. */
export interface ListWindow {
  offset: number;
  /** One more than are shown, to know whether there are more. */
  size: number;
  after: { createdAt: number; id: string } | null;
  /** Echoed by walks by page number. */
  page: { number: number; size: number } | null;
}

/** A walk by token gives at least so many at a time, unless its action says otherwise. */
const SMALLEST_RESULTS = 10;

/** By MaxResults and NextToken where one of them is sent (a MaxResults out of range is moved into it), else by page number. */
export function listWindow(
  call: Call,
  request: ListRequest,
  limits: { maxResults: number; maxPage?: number; smallest?: number },
): ListWindow {
  if (request.maxResults === undefined && request.nextToken === undefined) {
    const page = pageFor(call, request, limits.maxPage === undefined ? undefined : { maxSize: limits.maxPage });
    return { offset: page.offset, size: page.size + 1, after: null, page: { number: page.number, size: page.size } };
  }
  const { smallest = SMALLEST_RESULTS } = limits;
  const wanted = request.maxResults ?? request.pageSize ?? smallest;
  const size = Math.min(limits.maxResults, Math.max(smallest, wanted));
  return { offset: 0, size: size + 1, after: positionOf(call, request.nextToken), page: null };
}

function positionOf(call: Call, token: string | undefined): ListWindow['after'] {
  if (token === undefined) return null;
  const position = readNextToken(token, [0, '']);
  if (!position) throw call.error('InvalidParameter', { hint: 'NextToken is none that was given before.' });
  return { createdAt: position[0], id: position[1] };
}

/** The rows to show, and what the response says of them. Also a walk by page number gets a token to go on with. */
export function listAnswer<Row extends { createdAt: number; id: string }>(
  window: ListWindow,
  found: { rows: readonly Row[]; total: number },
) {
  const rows = found.rows.slice(0, window.size - 1);
  const last = rows.at(-1);
  const hasMore = found.rows.length > rows.length;
  return {
    rows,
    counts: {
      totalCount: found.total,
      ...(window.page && { pageNumber: window.page.number, pageSize: window.page.size }),
      nextToken: hasMore && last ? nextToken([last.createdAt, last.id]) : '',
    },
  };
}

const MS_PER_MINUTE = 60_000;

/** `Filter.N` with CreationStartTime or CreationEndTime; the minute that ends a span belongs to it. */
export function creationFilter(
  call: Call,
  filters: readonly { key?: string; value?: string }[] | undefined,
): { createdFrom?: number; createdTo?: number } {
  const span: { createdFrom?: number; createdTo?: number } = {};
  for (const { key, value } of filters ?? []) {
    const at = value === undefined ? null : parseTime(value);
    if (key !== 'CreationStartTime' && key !== 'CreationEndTime') throw call.error('InvalidFilterKey.NotFound');
    if (at === null) throw call.error('InvalidFilterValue');
    if (key === 'CreationStartTime') span.createdFrom = at;
    else span.createdTo = at + MS_PER_MINUTE - 1;
  }
  return span;
}
