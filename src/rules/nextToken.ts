/** Where a NextToken walk stands: the sort keys of the last item that was given. */
export type Position = readonly (string | number)[];

/** Opaque to callers. */
export const nextToken = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** null when the token is none of ours. `shape` is an example of the position: the types of its parts are checked. */
export function readNextToken<const T extends Position>(
  token: string,
  shape: T,
): { -readonly [K in keyof T]: Widened<T[K]> } | null {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(position) || position.length !== shape.length) return null;
  return shape.every((part, index) => typeof position[index] === typeof part) ? (position as never) : null;
}

type Widened<T> = T extends string ? string : number;
