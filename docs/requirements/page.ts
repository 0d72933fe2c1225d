import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { table } from '../table.ts';
import sections from './rows.json' with { type: 'json' };

/** docs/requirements.md: what the system must do, row by row, and whether it does. A row is as true as its test. */

const TESTS = join(import.meta.dirname, '../../test/requirements');
const SUFFIX = '.test.ts';

/** `// In part: …` under a test's first line says what of the row it does not show yet. */
const IN_PART = /^\/\/ In part: (?<rest>.+)$/m;

/** The 128 ids. */
export const requirementIds: readonly string[] = sections.flatMap(({ rows }) => rows.map(({ id }) => id));

/** Rows with a test of their own. */
export const testedRequirements = (): string[] =>
  globSync(`*${SUFFIX}`, { cwd: TESTS })
    .map((file) => basename(file, SUFFIX))
    .sort();

/** `failed`: rows whose tests do not pass. They read "not yet", as those without a test do. */
export function requirementsPage(failed: ReadonlySet<string> = new Set()): string {
  const parts = sections.map(({ section, title, rows }) => [
    `## ${section}. ${title}`,
    table(
      ['Row', 'Must hold', 'Shown by', 'State'],
      rows.map(({ id, mustHold, shownBy }) => [`\`${id}\``, mustHold, shownBy.join(', '), stateOf(id, failed)]),
    ),
  ]);
  return [
    '# Requirements',
    'Each row is one question about machine images that the system must answer by what it does. It **holds** when' +
      ' `test/requirements/<row>.test.ts` shows all of it; `npm run docs -- requirements` runs those tests and says which do not pass.',
    '*rule*: the API enforces it, with the official error code and nothing half-done. *data*: compared byte by byte on real disks.' +
      ' *guest*: done in a guest or on a disk image. *price*: an order, a bill or a quote shows it. *answer*: the help centre answers it.' +
      " BEYOND marks what is added to the cloud's own behaviour.",
    ...parts.flat(),
    '',
  ].join('\n\n');
}

function stateOf(id: string, failed: ReadonlySet<string>): string {
  const file = join(TESTS, `${id}${SUFFIX}`);
  if (!existsSync(file) || failed.has(id)) return 'not yet';
  const rest = IN_PART.exec(readFileSync(file, 'utf8'))?.groups?.['rest'];
  return rest === undefined ? '**holds**' : `in part: ${rest}`;
}

/** Runs the rows' tests; answers those that do not pass. */
export async function failedRequirements(): Promise<Set<string>> {
  const failed = new Set<string>();
  const files = testedRequirements().map((id) => join(TESTS, `${id}${SUFFIX}`));
  for await (const { type, data } of run({ files, concurrency: true })) {
    if (type === 'test:fail' && data.file !== undefined) failed.add(basename(data.file, SUFFIX));
  }
  return failed;
}
