import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { processesOf } from '../workload/serviceProcess.ts';
import { until } from '../until.ts';
import { makeTiny, openGuestWorld, PASSWORD, REGION, type Guest } from './guestWorld.ts';

const execute = promisify(execFile);
const bin = new URL('../../bin/tongjing', import.meta.url).pathname;
/** A guest takes some ten seconds to boot on two idle cores without KVM. */
const LIMIT = { timeout: 900_000 };
const FAULT_TAG = 'acs:tongjing:fault';
const SECTOR = 512;
const USER_DATA = '#!/bin/sh\necho "user data of $(hostname)" > /root/user-data-ran\n';

/** One boot serves as many of these as can be. */
test('the life of guests', LIMIT, async (context) => {
  // Only a guest that heeds its power button shuts down within the test.
  await using world = await openGuestWorld(['--guest-stop-seconds', '3600']);
  const imageId = await world.importDisk(await makeTiny(world.folder), 'tiny');
  const alice = await world.tenant('alice');
  const [keyed, withPassword] = await Promise.all([
    world.launch(alice, {
      ImageId: imageId,
      KeyPairName: 'key',
      HostName: 'mirror',
      UserData: Buffer.from(USER_DATA).toString('base64'),
      'SystemDisk.Size': 20,
    }),
    world.launch(alice, { ImageId: imageId, Password: PASSWORD, 'SystemDisk.Size': 20 }),
  ]);
  const bootOf = (guest: Guest, password?: string) => world.ssh(guest, 'cat /proc/sys/kernel/random/boot_id', password);
  const qemuOf = ({ instanceId }: Guest) =>
    processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes(`guest=${instanceId}`));
  await Promise.all([world.loginReady(keyed), world.loginReady(withPassword, PASSWORD)]);

  await context.test('a key, a password, the host name, user data and the whole disk are the guest’s', async () => {
    const ask = (command: string) => world.ssh(keyed, command);
    assert.equal(await ask('hostname'), 'mirror\n');
    assert.equal(await ask('cat /root/user-data-ran'), 'user data of mirror\n');
    assert.equal(await ask('cat /sys/class/dmi/id/product_name'), 'Alibaba Cloud ECS\n');
    assert.equal(
      await ask('wget -q -O - http://100.100.100.200/latest/meta-data/instance-id'),
      keyed.instanceId,
      'its own metadata',
    );
    const kibibytes = Number(await ask("df -k / | tail -n 1 | awk '{ print $2 }'"));
    assert.ok(kibibytes > 18 * 1024 ** 2, `${kibibytes} KiB of 20 GiB`);
    assert.equal(await world.ssh(withPassword, 'echo in', PASSWORD), 'in\n');
    await assert.rejects(world.ssh(withPassword, 'true', `${PASSWORD}x`), 'another password');
    await assert.rejects(world.ssh(keyed, 'true', PASSWORD), 'a password that this instance was not given');
    await assert.rejects(world.ssh(withPassword, 'true'), 'a key that this instance was not given');
  });

  await context.test('a snapshot under writes is a clean file system that holds what was synced before', async () => {
    const writer = 'while :; do dd if=/dev/urandom of=/root/noise-$((n = (n + 1) % 8)) bs=64k count=16; done';
    await world.ssh(keyed, `(${writer}) > /dev/null 2>&1 & echo $! > /run/writer`);
    await world.ssh(keyed, 'dd if=/dev/urandom of=/root/kept bs=64k count=32 2> /dev/null; sync');
    const kept = await world.ssh(keyed, 'md5sum < /root/kept');
    const { SnapshotId } = await alice.call<{ SnapshotId: string }>('CreateSnapshot', { DiskId: keyed.diskIds[0]! });
    await alice.until<{ Snapshots: { Snapshot: { Status: string }[] } }, true>(
      'DescribeSnapshots',
      { RegionId: REGION, SnapshotIds: JSON.stringify([SnapshotId]) },
      ({ Snapshots }) => Snapshots.Snapshot[0]!.Status === 'accomplished' || undefined,
    );
    await world.ssh(keyed, 'kill $(cat /run/writer)');
    const { uri } = await world.service.operator<{ uri: string }>('POST', 'nbd', { id: SnapshotId });
    const start = Number(await world.ssh(keyed, 'cat /sys/block/vda/vda2/start'));
    const system = join(world.folder, 'system.raw');
    const socket = new URL(uri).searchParams.get('socket');
    const disk = `file.driver=nbd,file.server.type=unix,file.server.path=${socket}`;
    const partition = `driver=raw,offset=${start * SECTOR},${disk}`;
    await execute('qemu-img', ['convert', '--image-opts', partition, '-O', 'raw', system]);
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
    // As a mount would, it first replays the journal: the disk was in use. It repairs nothing that asks a person.
    await execute('e2fsck', ['-p', system], { env });
    await execute('e2fsck', ['-fn', system], { env });
    const file = join(world.folder, 'kept');
    await execute('debugfs', ['-R', `dump /root/kept ${file}`, system], { env });
    const { stdout } = await execute('md5sum', [file]);
    assert.equal(stdout.split(' ')[0], kept.split(' ')[0]);
  });

  await context.test('when a disk’s process is killed, the guest’s requests wait for its successor', async () => {
    const before = await bootOf(keyed);
    const volumes = processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes('volume/process'));
    assert.ok(volumes.length >= 2, 'one for each guest, at least');
    for (const { pid } of volumes) process.kill(pid, 'SIGKILL');
    await world.ssh(keyed, 'dd if=/dev/urandom of=/root/after bs=64k count=16 conv=fsync 2> /dev/null; sync');
    await world.ssh(withPassword, 'echo on > /root/after; sync', PASSWORD);
    assert.equal(await bootOf(keyed), before);
    assert.equal(await world.ssh(keyed, 'dmesg | grep -c "I/O error" || true'), '0\n');
  });

  await context.test('a guest whose disk has no room waits, and goes on when there is some', async () => {
    const before = await bootOf(keyed);
    const volumes = processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes('volume/process'));
    // The kernel refuses the next byte of their files, as it does on a full disk. The soft limit alone: it can be raised again.
    const limit = (most: string) =>
      Promise.all(volumes.map(({ pid }) => execute('prlimit', ['--pid', String(pid), `--fsize=${most}:`])));
    const log = () => readFileSync(join(world.folder, 'service.log'), 'utf8');
    await limit('4096');
    const written = world.ssh(
      keyed,
      'dd if=/dev/urandom of=/root/full bs=64k count=16 conv=fsync 2> /dev/null; echo $?',
    );
    await until(() => log().includes('a guest waits for room on the disk'));
    assert.equal((await world.until(alice, keyed, () => true)).Status, 'Running');
    await limit('unlimited');
    assert.equal(await written, '0\n');
    assert.equal(await bootOf(keyed), before);
    assert.equal(await world.ssh(keyed, 'dmesg | grep -c "I/O error" || true'), '0\n');
  });

  await context.test('guests outlive a service that is killed, and are found again', async () => {
    const before = [await bootOf(keyed), await bootOf(withPassword, PASSWORD)];
    await world.process.kill();
    assert.equal(qemuOf(keyed).length, 1);
    await world.restart();
    await Promise.all([world.loginReady(keyed), world.loginReady(withPassword, PASSWORD)]);
    assert.deepEqual([await bootOf(keyed), await bootOf(withPassword, PASSWORD)], before);
    await world.ssh(keyed, 'echo on > /root/later; sync');
    for (const guest of [keyed, withPassword]) {
      assert.equal((await world.until(alice, guest, () => true)).Status, 'Running');
    }
  });

  await context.test('the doctor knows the guests, and those that no service has', async () => {
    const doctor = () => execute(bin, ['doctor', '--data', world.dataDir]).then(({ stdout }) => stdout);
    assert.match(await doctor(), /ok +driver +qemu \(.*\n(.*\n)?ok +machines +2 running /);
    const record = join(world.dataDir, 'machines', `${keyed.instanceId}.json`);
    renameSync(record, `${record}.away`);
    const { pid } = qemuOf(keyed)[0]!;
    assert.match(
      await doctor(),
      new RegExp(`missing +machines +1 running, 1 that no service has[^]+\n  kill -9 ${pid}\n`),
    );
    renameSync(`${record}.away`, record);
  });

  await context.test('a QEMU that is killed makes one stopped instance that says why, and can be started', async () => {
    const [qemu] = qemuOf(withPassword);
    process.kill(qemu!.pid, 'SIGKILL');
    const { Tags } = await world.until(alice, withPassword, ({ Status }) => Status === 'Stopped');
    const fault = Tags.Tag.find(({ TagKey }) => TagKey === FAULT_TAG);
    assert.equal(fault?.TagValue, 'its machine ended by itself');
    assert.equal((await world.until(alice, keyed, () => true)).Status, 'Running');
    assert.equal(await world.ssh(keyed, 'hostname'), 'mirror\n');
    await alice.call('StartInstance', { InstanceId: withPassword.instanceId });
    const again = await world.until(alice, withPassword, ({ Status }) => Status === 'Running');
    assert.ok(!again.Tags.Tag.some(({ TagKey }) => TagKey === FAULT_TAG));
  });

  await context.test('a reboot shuts the guest down and boots it again from its disk', async () => {
    const before = await bootOf(keyed);
    await alice.call('RebootInstance', { InstanceId: keyed.instanceId });
    await Promise.all([
      world.until(alice, keyed, ({ Status }) => Status === 'Running'),
      world.loginReady(withPassword, PASSWORD),
    ]);
    // Until its old kernel is gone that one may let in, or close the door in the middle.
    await until(async () => (await bootOf(keyed).catch(() => before)) !== before);
    assert.equal(await world.ssh(keyed, 'hostname; cat /root/user-data-ran'), 'mirror\nuser data of mirror\n');
    assert.equal(await world.ssh(keyed, 'cat /root/later'), 'on\n');
    assert.equal(await world.ssh(withPassword, 'cat /root/after', PASSWORD), 'on\n');
  });

  await context.test('stopped by its power button, or by itself, a guest leaves nothing that runs', async () => {
    await alice.call('StopInstance', { InstanceId: keyed.instanceId });
    // Its own end cuts the connection off.
    await world.ssh(withPassword, 'poweroff', PASSWORD).catch(() => '');
    for (const guest of [keyed, withPassword]) {
      const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
      assert.ok(!Tags.Tag.some(({ TagKey }) => TagKey === FAULT_TAG));
      assert.deepEqual(qemuOf(guest), []);
    }
    await world.process.stop();
    assert.deepEqual(processesOf(world.dataDir), []);
    assert.deepEqual(
      readdirSync(join(world.dataDir, 'machines')).filter((name) => name.endsWith('.json')),
      [],
    );
  });
});
