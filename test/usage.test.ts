import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tongjing } from './state/command.ts';

/** Nothing is there: what is wrong with the command line is said before a service is looked for. */
const nowhere = join(tmpdir(), `tongjing-nowhere-${process.pid}`);

const WRONG: readonly [args: string, says: RegExp][] = [
  ['bogus', /unknown command 'bogus'/],
  ['account create', /missing required argument 'name'/],
  ['account create x --site mars', /'mars' is invalid/],
  ['account bogus', /unknown command 'bogus'/],
  ['account list --bogus', /unknown option '--bogus'/],
  ['image import', /missing required argument 'file'/],
  ['image import x', /Say either --name/],
  ['image import x --name a --as b', /Say either --name/],
  ['image import x --name a --os-type beos', /'beos' is invalid/],
  ['image export m-1', /missing required argument 'file'/],
  ['image export m-1 x --format bogus', /'bogus' is invalid/],
  ['image list --bogus', /unknown option '--bogus'/],
  ['image share m-1', /'--with <account>' not specified/],
  ['image build nope', /'nope' is invalid/],
  ['image build debian12', /--output/],
  ['image pull', /missing required argument 'source'/],
  ['image push', /missing required argument/],
  ['image system-only', /missing required argument 'image'/],
  ['disk nbd', /missing required argument 'id'/],
  ['clone', /missing required argument 'instance'/],
  ['clone i-1 --count x', /--count is 1 to 100/],
  ['clone i-1 --count 0', /--count is 1 to 100/],
  ['migrate', /missing required argument 'instance'/],
  ['explain', /missing required argument 'verb'/],
  ['explain delete', /missing required argument 'resource'/],
  ['explain destroy m-1', /'destroy' is invalid/],
  ['quota set 1 images', /missing required argument 'value'/],
  ['quota set 1 images many', /a whole number, not many/],
  ['ticket grant', /missing required argument 'ticket'/],
  ['ticket submit --kind quota', /'--reason <text>' not specified/],
  ['ticket list --status x', /'x' is invalid/],
  ['clock advance', /missing required argument 'duration'/],
  ['clock advance 3x', /3x is no duration/],
  ['state save', /missing required argument 'file'/],
  ['state load', /missing required argument 'file'/],
  ['env --bogus', /unknown option '--bogus'/],
  ['doctor --bogus', /unknown option '--bogus'/],
  ['verify x', /too many arguments/],
  ['gc x', /too many arguments/],
  ['reset x', /too many arguments/],
  ['usage x', /too many arguments/],
  ['demo bogus', /'bogus' is invalid/],
];

test('wrong usage: exit code 2, one line that says what is wrong, and nothing is made', async () => {
  for (const [args, says] of WRONG) {
    const { code, out, err } = await tongjing([...args.split(' '), '--data', nowhere]);
    assert.equal(code, 2, `${args}: ${err}`);
    assert.equal(out, '', args);
    assert.match(err.split('\n')[0]!, says, args);
  }
  assert.equal(existsSync(nowhere), false);
});

test('wrong settings of serve: exit code 2; a data folder that can’t be: 1', () => {
  const serve = (...args: string[]) => {
    const main = join(import.meta.dirname, '../src/main.ts');
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
    return [status, stderr.trim()] as const;
  };
  for (const [flag, value] of [
    ['--port', 'abc'],
    ['--driver', 'foo'],
  ] as const) {
    const [status, said] = serve('--data', nowhere, flag, value);
    assert.equal(status, 2, said);
    assert.match(said, new RegExp(`^${flag} must be .*"${value}"\\.$`));
  }
  assert.equal(serve('--bogus')[0], 2);
  assert.equal(serve('--data', '/dev/null/x', '--port', '0')[0], 1);
  assert.equal(existsSync(nowhere), false);
});
