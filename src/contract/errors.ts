import { readFileSync } from 'node:fs';

/** The caller's fault, as it goes on the wire. `data` are further fields of the error body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly data: Record<string, unknown>;

  constructor(status: number, code: string, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.data = data;
  }
}

export interface CatalogueEntry {
  http: number;
  code: string;
  /** English, as clients match on it; `%s` and `{Name}` stand for values. null: only the code is known. */
  message: string | null;
  /** On the action's reference page of this year; others were seen on older pages, and clients still match on them. */
  current?: true;
}

/** Official codes by action; `_common` holds those that the gateway and the product raise for any action. */
export const errorCatalogue: Readonly<Record<string, readonly CatalogueEntry[]>> = JSON.parse(
  readFileSync(new URL('./errors.json', import.meta.url), 'utf8'),
);

export interface ErrorDetail {
  /** Picks among several entries of one code: a part of the message that is wanted. */
  about?: string;
  /** Values for `%s`, in order, or by name for `{Name}`. */
  values?: readonly string[] | Readonly<Record<string, string>>;
  /** Text added after the official message, for a person: what exactly was wrong. */
  hint?: string;
  data?: Record<string, unknown>;
}

/**
 * The official error of `code` for `action`: from the action's own table, else `_common`, else any action that lists the code.
 * An unknown code is our fault.
 */
export function apiError(action: string, code: string, detail: ErrorDetail = {}): ApiError {
  const entry = findEntry(action, code, detail.about);
  if (!entry) throw new TypeError(`error code ${code} (${detail.about ?? 'any'}) is not in the catalogue`);
  let message = fill(entry.message ?? `The request was refused: ${code}.`, detail.values);
  if (detail.hint) message = `${message} ${detail.hint}`;
  return new ApiError(entry.http, code, message, detail.data);
}

export function isCatalogued(action: string, code: string): boolean {
  return findEntry(action, code, undefined) !== undefined;
}

function findEntry(action: string, code: string, about: string | undefined): CatalogueEntry | undefined {
  const matches = (entry: CatalogueEntry) =>
    entry.code === code && (about === undefined || (entry.message ?? '').includes(about));
  const own = errorCatalogue[action]?.find(matches) ?? errorCatalogue['_common']?.find(matches);
  if (own) return own;
  for (const table of Object.values(errorCatalogue)) {
    const entry = table.find(matches);
    if (entry) return entry;
  }
  return undefined;
}

function fill(message: string, values: ErrorDetail['values']): string {
  if (!values) return message;
  if (isList(values)) {
    let next = 0;
    return message.replace(/%s/g, () => values[next++] ?? '');
  }
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function isList(values: NonNullable<ErrorDetail['values']>): values is readonly string[] {
  return Array.isArray(values);
}
