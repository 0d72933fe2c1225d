import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import { processesOf } from '../workload/serviceProcess.ts';

const execute = promisify(execFile);
const bin = new URL('../../bin/tongjing', import.meta.url).pathname;

test(
  'the demo boots a machine, and one of another account and region that has its file; it leaves nothing',
  { timeout: 900_000 },
  async (context) => {
    const temporary = mkdtempSync(join(tmpdir(), 'tongjing-boot-'));
    context.after(() => rmSync(temporary, { recursive: true, force: true }));
    const { stdout } = await execute(bin, ['demo', 'boot'], { env: { ...process.env, TMPDIR: temporary } });
    const [, machine] = /ssh root@127\.[\d.]+: [\d.]+ s after npm start[^]* says: written by Alice in (i-\w+)$/m.exec(
      stdout,
    )!;
    assert.ok(machine);
    assert.match(stdout, /\nThe first machine let somebody in [\d.]+ s after npm start\.\n$/);
    assert.deepEqual(processesOf(temporary), []);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.includes('demo')),
      [],
    );
  },
);

test('without QEMU, what is missing is named, and what installs it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-boot-'));
  mkdirSync(join(folder, 'bin'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  let err = '';
  const code = await run(['demo', 'boot'], {
    out: () => {},
    err: (text) => void (err += text),
    isTerminal: false,
    env: { PATH: join(folder, 'bin') },
    cwd: folder,
    input: () => Readable.from([]),
    ask: async () => null,
    onInterrupt: () => () => {},
  });
  assert.equal(code, 1);
  assert.match(err, /runs qemu-system-x86_64, ssh, ssh-keygen, which are not there/);
  assert.match(err, /apt-get install .*qemu-system-x86 openssh-client/);
});
