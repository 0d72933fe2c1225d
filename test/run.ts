import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { debianPackages, missingPackages } from './debianPackages.ts';

/**
 * `npm test`: everything, with the real tools. Missing Debian packages are installed when that is possible, else named;
 * nothing is skipped. `npm test -- PATTERN …` runs the files whose path holds one of the words.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'install-only': { type: 'boolean' },
    'soak-minutes': { type: 'string', default: process.env['CI'] ? '3' : '0.5' },
  },
});

installTools();
if (!values['install-only']) process.exitCode = runTests();

function installTools(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error) {
    console.error(`The tests need these Debian packages: ${missing.join(' ')}`);
    console.error(`Install them with: sudo apt-get install --no-install-recommends ${missing.join(' ')}`);
    process.exit(1);
  }
  console.error(`Installing Debian packages: ${missing.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...missing);
  const still = missingPackages();
  if (still.length > 0) {
    console.error(`These could not be installed: ${still.join(' ')} (of ${debianPackages.length} needed)`);
    process.exit(1);
  }
}

function runTests(): number {
  const root = new URL('..', import.meta.url).pathname;
  const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })
    .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
    .sort();
  if (files.length === 0) {
    console.error(`No test file matches ${positionals.join(' ')}`);
    return 1;
  }
  const run = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      `--test-concurrency=${availableParallelism()}`,
      '--test-reporter=spec',
      ...files,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, SOAK_MINUTES: values['soak-minutes'] } },
  );
  return run.status ?? 1;
}
