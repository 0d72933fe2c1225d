export interface Page {
  number: number;
  size: number;
  /** Rows to pass over. */
  offset: number;
}

/** The page asked for by PageNumber (from 1) and PageSize (default 10), or the name of the parameter that is out of range. */
export function pageOf(
  request: { pageNumber?: number | undefined; pageSize?: number | undefined },
  limits: { maxSize: number; defaultSize?: number } = { maxSize: 100 },
): Page | 'PageNumber' | 'PageSize' {
  const number = request.pageNumber ?? 1;
  const size = request.pageSize ?? limits.defaultSize ?? 10;
  if (!Number.isInteger(number) || number < 1 || number > 2 ** 31) return 'PageNumber';
  if (!Number.isInteger(size) || size < 1 || size > limits.maxSize) return 'PageSize';
  return { number, size, offset: (number - 1) * size };
}
