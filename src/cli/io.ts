import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';

/** The terminal, or what a test puts in its place. */
export interface Io {
  /** What the command is for: records, addresses, tables. */
  out(text: string): void;
  /** Progress, remarks and errors. */
  err(text: string): void;
  /** Standard input, to its end. */
  input(): Readable;
  /** A person watches `err`. */
  isTerminal: boolean;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** The answer to a question; null when nobody is there to ask. */
  ask(question: string): Promise<string | null>;
  /** Calls `act` at the first Ctrl-C instead of ending; the answer takes that back. */
  onInterrupt(act: () => void): () => void;
}

export function terminal(): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    input: () => process.stdin,
    isTerminal: process.stderr.isTTY,
    env: process.env,
    cwd: process.cwd(),
    async ask(question) {
      if (!process.stdin.isTTY) return null;
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await reader.question(question);
      } finally {
        reader.close();
      }
    },
    onInterrupt(act) {
      process.once('SIGINT', act);
      return () => process.off('SIGINT', act);
    },
  };
}
