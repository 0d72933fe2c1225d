import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import type { World } from '../world.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Thrown by a test in the place of a SIGKILL: no command catches it. */
export class Killed extends Error {}

/** `tongjing …` on the world's service. `hear` is called with every line of standard error, and may throw `Killed` or interrupt. */
export async function tongjing(
  world: World,
  args: readonly string[],
  {
    answers = () => null,
    hear,
  }: { answers?: () => string | null; hear?: (line: string, interrupt: () => void) => void } = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  let interrupt = () => {};
  const code = await run([...args, '--data', world.dataDir], {
    out: (text) => void (out += text),
    err(text) {
      err += text;
      hear?.(text, () => interrupt());
    },
    isTerminal: false,
    env: {},
    cwd: tmpdir(),
    ask: async () => answers(),
    input: () => Readable.from([]),
    onInterrupt(act) {
      interrupt = act;
      return () => {};
    },
  });
  return { code, out, err };
}
