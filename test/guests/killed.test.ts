import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { namesOf } from '../../src/machines/network/namespace/names.ts';
import { namespacesOf } from '../../src/machines/network/namespace/site.ts';
import { until } from '../until.ts';
import { processesOf } from '../workload/serviceProcess.ts';
import { openGuestWorld, REGION, type Guest } from './guestWorld.ts';

const execute = promisify(execFile);
const bin = new URL('../../bin/tongjing', import.meta.url).pathname;

test(
  'a service, a whole VPC’s QEMUs, a disk’s process and a name server are killed at once: the next service’s states are true, and nothing is left after a stop',
  { timeout: 600_000 },
  async () => {
    await using world = await openGuestWorld(['--network', 'auto', '--guest-stop-seconds', '1']);
    const names = namesOf(world.dataDir);
    const alice = await world.tenant('alice');
    const disk = join(world.folder, 'disk.raw');
    writeFileSync(disk, Buffer.concat([Buffer.alloc(1024 ** 2), Buffer.from('data')]));
    truncateSync(disk, 64 * 1024 ** 2);
    const ImageId = await world.importDisk(disk, 'data');
    const pairs: Guest[][] = [];
    for (let vpcs = 0; vpcs < 2; vpcs++) {
      const network = await alice.makeNetwork(REGION);
      pairs.push([
        await world.launch(alice, { ImageId, ...network }),
        await world.launch(alice, { ImageId, ...network }),
      ]);
    }
    const [lost, kept] = pairs;
    const all = pairs.flat();
    const pidsOf = (word: string) =>
      processesOf(world.dataDir)
        .filter(({ commandLine }) => commandLine.includes(word))
        .map(({ pid }) => pid);
    const namespaces = () => namespacesOf(names.prefix);
    const serversIn = (name: string) =>
      execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number);
    const doctor = async () => (await execute(bin, ['doctor', '--data', world.dataDir])).stdout;
    // Else they are in user mode.
    const hasVpcs = namespaces().length > 0;

    const disks = pidsOf('volume/process');
    await world.process.kill();
    for (const pid of [
      ...lost!.flatMap(({ instanceId }) => pidsOf(`guest=${instanceId}`)),
      disks.at(-1)!,
      ...namespaces().flatMap(serversIn),
    ]) {
      process.kill(pid, 'SIGKILL');
    }
    await until(() => pidsOf('guest=').length === kept!.length);
    assert.match(await doctor(), /ok +machines +2 running/);
    await world.restart();

    for (const guest of lost!) {
      const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
      assert.ok(Tags.Tag.some(({ TagValue }) => TagValue === 'its machine ended while the service was not running'));
    }
    for (const guest of kept!) assert.equal((await world.until(alice, guest, () => true)).Status, 'Running');
    if (hasVpcs) assert.equal(namespaces().flatMap(serversIn).length, 1);
    await until(() => pidsOf('volume/process').length === kept!.length);
    await alice.call('StartInstance', { InstanceId: lost![0]!.instanceId });
    await world.until(alice, lost![0]!, ({ Status }) => Status === 'Running');

    for (const { instanceId } of all) await alice.call('DeleteInstance', { InstanceId: instanceId, Force: true });
    await until(
      () => pidsOf('guest=').length === 0 && pidsOf('volume/process').length === 0 && namespaces().length === 0,
    );
    const said = await doctor();
    assert.match(said, /ok +machines +0 running/);
    assert.ok(!said.includes(names.prefix) && !said.includes(names.table));
    await world.process.stop();
    assert.deepEqual(processesOf(world.dataDir), []);
    if (hasVpcs) {
      const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' });
      const tables = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });
      assert.ok(!links.includes(names.links) && !tables.includes(names.table));
    }
  },
);
