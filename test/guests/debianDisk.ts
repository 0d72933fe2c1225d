import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildDebian12 } from '../../src/cli/build/debian12/buildDebian12.ts';

const builder = new URL('../../src/cli/build', import.meta.url).pathname;

/** What `tongjing image build debian12` makes: built once by each state of its builder, which takes minutes, then kept. Not to be written to. */
export async function debianDisk(): Promise<string> {
  const sources = globSync('{*,debian12/*}.ts', { cwd: builder }).sort();
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(builder, source)));
  const folder = join(homedir(), '.cache', 'tongjing');
  const path = join(folder, `debian12-${hash.digest('hex').slice(0, 16)}.raw`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path)) await buildDebian12(path, process.env, () => {});
  return path;
}
