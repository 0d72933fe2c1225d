import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/run.ts';

export interface Ran {
  code: number;
  /** Without the white space around it. */
  out: string;
  err: string;
}

interface Around {
  env?: Record<string, string>;
  /** Standard input. */
  input?: Readable;
  /** Is given what Ctrl-C does. */
  interrupt?: (act: () => void) => void;
}

/** Nobody at a terminal. */
export const quietIo: Io = {
  out() {},
  err() {},
  input: () => Readable.from([]),
  isTerminal: false,
  env: {},
  cwd: tmpdir(),
  ask: async () => null,
  onInterrupt: () => () => {},
};

/** `tongjing …`, of no terminal, on a service's data folder. */
export async function tongjing(dataDir: string, args: readonly string[], around: Around = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const io: Io = {
    ...quietIo,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    input: () => around.input ?? quietIo.input(),
    ...(around.env && { env: around.env }),
    onInterrupt(act) {
      around.interrupt?.(act);
      return () => {};
    },
  };
  const code = await run([...args, '--data', dataDir], io);
  return { code, out: out.trim(), err };
}
