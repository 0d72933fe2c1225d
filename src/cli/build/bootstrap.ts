import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CliFault } from '../fault.ts';

/** Debian 12 with these packages besides the important ones, in the new folder `root`. Needs root. */
export async function bootstrap(
  root: string,
  packages: readonly string[],
  { options = [], onPhase = () => {} }: { options?: readonly string[]; onPhase?: (phase: string) => void } = {},
): Promise<void> {
  const asked = ['--verbose', '--variant=important', `--include=${packages.join(',')}`, ...options];
  const child = spawn('mmdebstrap', [...asked, 'bookworm', root], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const last: string[] = [];
  // It tells its phases on standard error: `I: downloading packages with apt...`.
  for await (const line of createInterface({ input: child.stderr })) {
    const phase = /^I: (.+?)\.*$/.exec(line)?.[1];
    if (phase) onPhase(phase);
    if (last.push(line) > 20) last.shift();
  }
  const [code] = await ended;
  if (code !== 0) throw new CliFault('BuildFailed', `mmdebstrap failed (${code}):\n${last.join('\n')}`);
}
