import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../until.ts';
import { processesOf } from '../workload/serviceProcess.ts';
import { openGuestWorld, REGION } from './guestWorld.ts';

const execute = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;

test(
  'a service that would not look after machines that run does not start, and says how they are reached or ended',
  { timeout: 600_000 },
  async (context) => {
    await using world = await openGuestWorld(['--network', 'auto']);
    const alice = await world.tenant('alice');
    const disk = join(world.folder, 'disk.raw');
    writeFileSync(disk, Buffer.concat([Buffer.alloc(1024 ** 2), Buffer.from('data')]));
    truncateSync(disk, 64 * 1024 ** 2);
    const guest = await world.launch(alice, { ImageId: await world.importDisk(disk, 'data') });
    const qemu = () => processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes('guest=i-'));
    const serving = () =>
      processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes('/volume/process.ts'));
    const [before] = qemu();
    const disks = serving();
    assert.equal(disks.length, 1);
    const its = /-netdev[ \0]tap,/.test(before!.commandLine) ? 'namespace' : 'user';
    const other = its === 'user' ? 'namespace' : 'user';
    const refused = async (flags: string[], words: RegExp, env = process.env) => {
      const started = execute(process.execPath, [main, '--port', '0', '--data', world.dataDir, ...flags], { env });
      await assert.rejects(started, (error: { stderr: string; code: number }) => {
        assert.equal(error.code, 1);
        assert.match(error.stderr, words);
        return true;
      });
      assert.deepEqual(qemu(), [before]);
      assert.deepEqual(serving(), disks, 'its disk is served on');
    };
    await world.process.stop();

    const end = `or end them: kill -9 ${before!.pid}\\n`;
    await context.test('under the driver none', () =>
      refused(['--driver', 'none'], new RegExp(`^Machines .* still run.*driver none.* with --driver qemu .*${end}`)),
    );
    await context.test('without QEMU', () =>
      refused([], new RegExp(`^Machines .* still run.*qemu-system-x86_64 .*is not installed.*${end}`), {
        PATH: world.folder,
      }),
    );
    await context.test('under another network', () =>
      refused(['--network', other], /^Machines .* still run.*network|^The network namespace was asked for/),
    );

    await world.restart(['--network', 'auto']);
    assert.equal((await world.until(alice, guest, () => true)).Status, 'Running');
    assert.deepEqual(qemu(), [before]);
    await alice.call('StopInstance', { RegionId: REGION, InstanceId: guest.instanceId, ForceStop: true });
    await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
    await world.process.stop();
    await world.restart(['--network', other === 'namespace' ? 'auto' : other, '--driver', 'none']);
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    await world.until(alice, guest, ({ Status }) => Status === 'Running');
    assert.deepEqual(qemu(), []);

    // It ran in name alone.
    await world.process.stop();
    await world.restart(['--network', 'auto']);
    const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
    assert.ok(Tags.Tag.some(({ TagValue }) => TagValue === 'its machine did not run when the service started'));
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    await world.until(alice, guest, ({ Status }) => Status === 'Running');
    assert.equal(qemu().length, 1);
    await alice.call('DeleteInstance', { InstanceId: guest.instanceId, Force: true });
    await until(() => qemu().length === 0);
  },
);
