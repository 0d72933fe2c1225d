/** What a connection answered before, for as long as nobody committed anything since. */
export interface Answers {
  /** The rows of `sql` with `values`: kept ones, else `ask`'s. They are frozen, since all who ask share them. */
  rows(sql: string, values: readonly unknown[], ask: () => unknown[]): unknown[];
}

/** Rows kept, all answers together. */
const ROWS_KEPT = 50_000;

/**
 * `version` changes whenever anybody committed. Clients poll: most of what is asked was asked before. Nothing stale is ever answered,
 * since the version is read before the rows: at worst, newer rows are kept under an older version and forgotten with it.
 */
export function createAnswers(version: () => unknown): Answers {
  const kept = new Map<string, unknown[]>();
  let rowsKept = 0;
  let keptVersion: unknown;

  const forget = () => {
    kept.clear();
    rowsKept = 0;
  };

  return {
    rows(sql, values, ask) {
      const now = version();
      if (now !== keptVersion) forget();
      keptVersion = now;
      const question = `${sql}\n${JSON.stringify(values)}`;
      const known = kept.get(question);
      if (known) return known;
      const rows = ask();
      for (const row of rows) Object.freeze(row);
      Object.freeze(rows);
      // An empty answer takes space too.
      rowsKept += rows.length + 1;
      if (rowsKept > ROWS_KEPT) forget();
      else kept.set(question, rows);
      return rows;
    },
  };
}
