import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { run } from '../../src/cli/run.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
  /** What it printed, which must have worked. */
  json<T>(): T;
}

/** `tongjing …`, in this process. */
export async function tongjing(args: readonly string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTerminal: false,
    env: {},
    cwd: tmpdir(),
    ask: async () => null,
    input: () => Readable.from([]),
    onInterrupt: () => () => {},
  });
  return {
    code,
    out,
    err,
    json() {
      assert.equal(code, 0, err);
      return JSON.parse(out) as never;
    },
  };
}
