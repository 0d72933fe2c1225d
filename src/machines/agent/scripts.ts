import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Programs that the agent starts in a Linux guest; each says at its top what it is called with. */
const scripts = { run: read('run.sh'), end: read('end.sh'), sendFile: read('sendFile.sh') };

/** What they end with when they refuse, with a word on standard error. */
export const REFUSED = 125;

export const shell = (script: keyof typeof scripts, args: readonly string[], input = Buffer.alloc(0)) => ({
  path: '/bin/sh',
  args: ['-c', scripts[script], script, ...args],
  input,
});
