import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openGuestWorld } from './guestWorld.ts';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const LIMIT = { timeout: 600_000 };

test(
  'a disk that does not boot makes a machine that runs, and is switched off when it does not shut down',
  LIMIT,
  async () => {
    await using world = await openGuestWorld(['--guest-stop-seconds', '1']);
    const disk = join(world.folder, 'nothing.raw');
    writeFileSync(disk, '');
    truncateSync(disk, 64 * 1024 ** 2);
    const alice = await world.tenant('alice');
    const guest = await world.launch(alice, { ImageId: await world.importDisk(disk, 'nothing') });
    assert.equal((await world.until(alice, guest, () => true)).Status, 'Running');
    await alice.call('StopInstance', { InstanceId: guest.instanceId });
    const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
    assert.ok(!Tags.Tag.some(({ TagKey }) => TagKey === 'acs:tongjing:fault'));
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    await world.until(alice, guest, ({ Status }) => Status === 'Running');
    await alice.call('StopInstance', { InstanceId: guest.instanceId, ForceStop: true });
    await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
  },
);

test(
  'asked for QEMU where it is not installed, the service does not start, and says what to install',
  LIMIT,
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tongjing-guests-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const asked = ['--port', '0', '--data', join(folder, 'data'), '--driver', 'qemu'];
    const started = execute(process.execPath, [join(root, 'src/main.ts'), ...asked], { env: { PATH: folder } });
    await assert.rejects(started, (error: { stderr: string; code: number }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr, /qemu-system-x86_64 \(Debian package qemu-system-x86\) is not installed/);
      return true;
    });
  },
);
