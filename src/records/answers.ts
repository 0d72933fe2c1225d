/** What a connection answered before, for as long as nobody committed anything since. */
export interface Answers {
  /** The rows of `sql` with `values`: kept ones, else `ask`'s. They are frozen, since all who ask share them. */
  rows(sql: string, values: readonly unknown[], ask: () => unknown[]): unknown[];
  /** The same for what is made of several queries' rows. Who gets it must not change it. */
  made<T extends object>(question: string, ask: () => Promise<T>): Promise<T>;
}

/** Rows kept, all answers together. */
const ROWS_KEPT = 50_000;
/** What something made of rows counts for: a page of a Describe action with its details. */
const ROWS_OF_MADE = 50;

/**
 * `version` changes whenever anybody committed. Clients poll: most of what is asked was asked before. Nothing stale is ever answered,
 * since the version is read before the rows: at worst, newer rows are kept under an older version and forgotten with it.
 */
export function createAnswers(version: () => unknown): Answers {
  const kept = new Map<string, object>();
  let rowsKept = 0;
  let keptVersion: unknown;

  function forget(): void {
    kept.clear();
    rowsKept = 0;
  }

  function find(question: string): object | undefined {
    const now = version();
    if (now !== keptVersion) forget();
    keptVersion = now;
    return kept.get(question);
  }

  function keep(question: string, answer: object, rows: number): void {
    rowsKept += rows;
    if (rowsKept > ROWS_KEPT) forget();
    else kept.set(question, answer);
  }

  return {
    rows(sql, values, ask) {
      const question = `${sql}\n${JSON.stringify(values)}`;
      const known = find(question);
      if (known) return known as unknown[];
      const rows = ask();
      for (const row of rows) Object.freeze(row);
      // An empty answer takes space too.
      keep(question, Object.freeze(rows), rows.length + 1);
      return rows;
    },
    async made<T extends object>(question: string, ask: () => Promise<T>) {
      const known = find(question);
      if (known) return known as T;
      const asked = keptVersion;
      const made = await ask();
      // Its queries may have seen different versions, and another question may have met the newer one since.
      if (asked === keptVersion && asked === version()) keep(question, made, ROWS_OF_MADE);
      return made;
    },
  };
}
