import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { pages } from '../docs/generate.ts';
import { requirementIds, testedRequirements } from '../docs/requirements/page.ts';
import type { Action } from '../src/actions/action.ts';
import { actions } from '../src/actions/index.ts';
import { apiError } from '../src/contract/errors.ts';

/** The rules of the house that no linter knows, as data. A broken one names the file. */

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (...patterns: string[]): string[] => globSync(patterns, { cwd: ROOT }).sort();
const isTest = (file: string): boolean => file.endsWith('.test.ts');
const nothing = (found: readonly string[]) => assert.deepEqual(found, []);

/** A part that a folder may import: a folder of src, or a file of one; `types`: nothing that runs. */
type Target = string | { to: string; types: true };

interface Folder {
  may: readonly Target[];
  packages?: readonly string[];
}

/** Imports go one way. The table of docs/architecture.md, with every line that the code draws finer. */
const FOLDERS: Readonly<Record<string, Folder>> = {
  base: { may: [], packages: ['pino'] },
  contract: {
    may: ['base'],
    packages: ['@alicloud/ecs20140526', '@alicloud/ram20150501', '@alicloud/sts20150401', '@alicloud/vpc20160428'],
  },
  rules: { may: ['base', 'contract'] },
  records: { may: ['base', 'rules'], packages: ['kysely'] },
  // Key material, and what wraps it.
  keys: { may: ['base', 'records'] },
  blobs: { may: ['base'] },
  blocks: { may: ['base', 'blobs', { to: 'keys/keys.ts', types: true }] },
  // What a disk file's name says is one rule, for actions and readers.
  disks: { may: ['base', 'blocks', 'rules/imageForms.ts', { to: 'keys/keys.ts', types: true }] },
  machines: { may: ['base', 'rules', 'disks'] },
  jobs: {
    may: [
      'base',
      'rules',
      'records',
      'blobs',
      'blocks',
      'disks',
      'machines',
      { to: 'keys/keys.ts', types: true },
      { to: 'objects/writing.ts', types: true },
    ],
    packages: ['kysely'],
  },
  // An action says what shall be done: it puts jobs into the queue and knows their inputs, not what they do.
  actions: {
    may: [
      'base',
      'contract',
      'rules',
      'records',
      'jobs/queue.ts',
      'jobs/kinds.ts',
      { to: 'keys/keys.ts', types: true },
      { to: 'machines', types: true },
    ],
  },
  // Two HTTP dialects over records and blobs.
  objects: { may: ['base', 'rules', 'records', 'blobs'], packages: ['fast-xml-parser', 'hash-wasm'] },
  // The gateway runs actions and wakes the runner. The operator's endpoints enqueue jobs and look at volumes and stores,
  // which they are handed: the types are enough.
  api: {
    may: [
      'base',
      'contract',
      'rules',
      'records',
      'actions/index.ts',
      'actions/action.ts',
      'actions/call.ts',
      'jobs/queue.ts',
      { to: 'jobs', types: true },
      { to: 'blocks', types: true },
      { to: 'disks', types: true },
      { to: 'keys/keys.ts', types: true },
      { to: 'state/save.ts', types: true },
    ],
    // reflect-metadata: @peculiar/x509 wants it loaded before itself.
    packages: ['@peculiar/x509', 'fast-xml-parser', 'prom-client', 'reflect-metadata', 'ws'],
  },
  // A whole data folder as one file, and back: it knows where everything lies.
  state: { may: ['base', 'blocks', 'disks/volume', 'keys', 'records'] },
  // The command line is a client: it knows the wire and the operator's endpoints, nothing of the service's inside. State files alone are for when
  // no service runs.
  cli: {
    may: ['base', 'state/atRest.ts', 'state/load.ts', 'machines/network/namespace/leftovers.ts', '../package.json'],
    packages: ['commander'],
  },
  // Every flag, with the shape of the limits that it fills, and the version.
  // Guests' metadata, from the records.
  'metadata.ts': { may: ['base', 'records', { to: 'machines/metadata/facts.ts', types: true }] },
  // The network around guests, from the records.
  'network.ts': { may: ['base', 'records', { to: 'machines/network/view.ts', types: true }] },
  'config.ts': { may: ['base', { to: 'api/limits.ts', types: true }, '../package.json'] },
};

/** Composition roots: the only files that know all parts. `core.ts` builds them, `main.ts` reads the flags, listens and stops. */
const ROOTS = new Set(['main.ts', 'core.ts']);

/** What tests beside the code may import besides. */
const FOR_TESTS: Folder = { may: ['contract', 'config.ts', '../test'], packages: ['fast-check'] };

interface Import {
  file: string;
  /** `jobs`, or the file itself at the top of src. */
  folder: string;
  /** Relative to src; a package's name as it stands. */
  to: string;
  isPackage: boolean;
  isType: boolean;
}

const IMPORT =
  /^(?:import|export)\b(?<words>[^'"]*?)\bfrom\s+'(?<from>[^']+)'|^import\s+'(?<bare>[^']+)'|\bimport\('(?<late>[^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const inSrc = relative('src', file);
  const folder = inSrc.includes('/') ? inSrc.split('/')[0]! : inSrc.replace(/\.test\.ts$/, '.ts');
  return [...read(file).matchAll(IMPORT)].map(({ groups }) => {
    const specifier = groups!['from'] ?? groups!['bare'] ?? groups!['late']!;
    const isPackage = !specifier.startsWith('.');
    const to = isPackage ? specifier : join(dirname(inSrc), specifier);
    return { file, folder, to, isPackage, isType: /^\s*type\b/.test(groups!['words'] ?? '') };
  });
}

function isAllowed(one: Import): boolean {
  if (ROOTS.has(one.folder) || one.to.startsWith('node:')) return true;
  const rules = [FOLDERS[one.folder], ...(isTest(one.file) ? [FOR_TESTS] : [])];
  if (one.isPackage) return rules.some((rule) => rule?.packages?.includes(one.to));
  return (
    one.to === one.folder ||
    one.to.startsWith(`${one.folder}/`) ||
    rules.some((rule) => rule?.may.some((target) => reaches(one, target)))
  );
}

function reaches(one: Import, target: Target): boolean {
  if (typeof target !== 'string') return one.isType && reaches(one, target.to);
  return one.to === target || one.to.startsWith(`${target}/`);
}

const SOURCES = filesOf('src/**/*.ts');
const ACTION_FILES = filesOf('src/actions/*/*/*.ts').filter((file) => /^[A-Z]/.test(basename(file)));

test('imports go one way', () => {
  const known = new Set([...Object.keys(FOLDERS), ...ROOTS]);
  const imports = SOURCES.flatMap(importsOf);
  nothing(imports.filter(({ folder }) => !known.has(folder)).map(({ file }) => `${file} lies in no known folder`));
  nothing(imports.filter((one) => !isAllowed(one)).map(({ file, to }) => `${file} may not import ${to}`));
});

test('no file is long', () => {
  const limits = [
    {
      limit: 400,
      files: filesOf('src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'docs/**/*.ts').filter((file) => !isTest(file)),
    },
    // Tests are lists of cases: long ones still read from anywhere.
    { limit: 500, files: filesOf('src/**/*.test.ts', 'test/**/*.test.ts') },
  ];
  for (const { limit, files } of limits) {
    const lengths = files.map((file) => ({ file, lines: read(file).split('\n').length }));
    nothing(lengths.filter(({ lines }) => lines > limit).map(({ file, lines }) => `${file} has ${lines} lines`));
  }
});

test('nothing is exported by default, skipped, or left to do', () => {
  const words = [
    /^export default\b/m,
    /\b(?:test|describe|it)\.(?:skip|only|todo)\b/,
    /\b(?:skip|only|todo): true\b/,
    /\b(?:TODO|FIXME|XXX)\b/,
  ];
  const files = filesOf('src/**/*.ts', 'test/**/*.ts').filter((file) => file !== 'test/tidy.test.ts');
  nothing(files.flatMap((file) => words.filter((word) => word.test(read(file))).map((word) => `${file} has ${word}`)));
});

test('an action has the name and the place of its file', async () => {
  for (const file of ACTION_FILES) {
    const name = basename(file, '.ts');
    const { [name]: action } = (await import(join(ROOT, file))) as Record<string, Action>;
    assert.ok(action, `${file} exports no ${name}`);
    assert.equal(action.name, name, file);
    assert.equal(action.product.toLowerCase(), file.split('/')[2], file);
  }
});

test('the table holds every action once, by product and name', async () => {
  const listed = actions.map(({ product, name }) => `${product} ${name}`);
  const inFiles = ACTION_FILES.map((file) => {
    const product = actions.find(({ product: of }) => of.toLowerCase() === file.split('/')[2])?.product;
    return `${product} ${basename(file, '.ts')}`;
  });
  assert.deepEqual(listed, [...new Set(inFiles)].sort());
});

/** `call.error('Code', { about: 'part' })`: the part of the message picks one of several of that code. */
const ERROR = /\bcall\.error\(\s*'(?<code>[^']+)'(?:,\s*\{\s*about: '(?<about>[^']+)')?/g;
/** `oneOf(call, value, ['a', 'b'], 'Code')`. */
const ONE_OF = /\boneOf\([^()]*'(?<code>[^']+)',?\s*\)/g;

test('every error that an action raises is in the catalogue', () => {
  const raised = filesOf('src/actions/**/*.ts').flatMap((file) =>
    [ERROR, ONE_OF].flatMap((pattern) => [...read(file).matchAll(pattern)].map(({ groups }) => ({ file, ...groups! }))),
  ) as { file: string; code: string; about?: string }[];
  assert.ok(raised.length > 200, 'the patterns find the calls');
  const unknown = raised.filter(({ file, code, about }) => {
    try {
      apiError(basename(file, '.ts'), code, about === undefined ? {} : { about });
      return false;
    } catch {
      return true;
    }
  });
  nothing(unknown.map(({ file, code, about = 'any' }) => `${file}: ${code} (${about})`));
});

test('the generated pages are up to date', () => {
  for (const [name, text] of Object.entries(pages())) {
    assert.ok(read(`docs/${name}`) === text, `docs/${name} is out of date: npm run docs`);
  }
});

test('a requirement is shown by the test of its name', () => {
  const known = new Set(requirementIds);
  assert.equal(known.size, 128);
  for (const id of testedRequirements()) {
    assert.ok(known.has(id), `${id} is no row of docs/requirements/rows.json`);
    const text = read(`test/requirements/${id}.test.ts`);
    assert.ok(text.startsWith(`// ${id}: `), `${id}: the first line says the row's sentence`);
    const names = [...text.matchAll(/^(?:test|describe)\(\s*['`](?<name>[^'`]*)/gm)].map(
      ({ groups }) => groups!['name']!,
    );
    assert.ok(names.length > 0, `${id} has a test`);
    nothing(names.filter((name) => !name.startsWith(`${id}: `)));
  }
});
