import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** `npm run bench -- store|nbd|api|snapshots|world|encryption|objects|formats|boot [options]`: each against its peers in one run; exits non-zero when a target is missed. */
const [name, ...options] = process.argv.slice(2);
const script = new URL(`./${name}.ts`, import.meta.url).pathname;
if (
  !name ||
  !['store', 'nbd', 'api', 'snapshots', 'world', 'encryption', 'objects', 'formats', 'boot'].includes(name) ||
  !existsSync(script)
) {
  console.error('Usage: npm run bench -- store|nbd|api|snapshots|world|encryption|objects|formats|boot [options]');
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...options], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
