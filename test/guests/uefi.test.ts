import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../until.ts';
import { processesOf } from '../workload/serviceProcess.ts';
import { makeTiny, openGuestWorld, REGION, type Guest } from './guestWorld.ts';

const LIMIT = { timeout: 900_000 };
const TEMPLATE = '/usr/share/OVMF/OVMF_VARS_4M.fd';

interface Described {
  Instances: { Instance: { InstanceId: string; PublicIpAddress: { IpAddress: string[] } }[] };
}

test('an image that boots by UEFI waits for its firmware, then boots by it', LIMIT, async (context) => {
  await using world = await openGuestWorld(['--uefi-firmware', '/nonexistent']);
  const disk = await makeTiny(world.folder);
  const alice = await world.tenant('alice');
  const launch = async (bootMode: string) =>
    world.launch(alice, { ImageId: await world.importDisk(disk, bootMode, bootMode), KeyPairName: 'key' });
  const why = 'Its image boots by UEFI: the Debian package ovmf is not installed.';
  await assert.rejects(launch('UEFI'), (error: Error) => error.message.endsWith(why));
  const { Instances } = await alice.call<Described>('DescribeInstances', { RegionId: REGION });
  const [{ InstanceId, PublicIpAddress }] = Instances.Instance as [Described['Instances']['Instance'][0]];
  const guest: Guest = { instanceId: InstanceId, diskIds: [], address: PublicIpAddress.IpAddress[0]! };
  const qemuOf = ({ instanceId }: Guest) =>
    processesOf(world.dataDir).find(({ commandLine }) => commandLine.includes(`guest=${instanceId}`));
  const stops = async () => {
    const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
    return Tags.Tag.find(({ TagKey }) => TagKey === 'acs:tongjing:fault')?.TagValue;
  };
  const variables = join(world.dataDir, 'machines', `${guest.instanceId}.uefi`);

  await context.test('without firmware the instance is stopped, and says what to install', async () => {
    assert.equal(await stops(), why);
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    assert.equal(await stops(), why);
    assert.equal(qemuOf(guest), undefined);
  });

  await context.test('without firmware, one that only prefers UEFI boots by BIOS', async () => {
    const other = await launch('UEFI-Preferred');
    await world.until(alice, other, ({ Status }) => Status === 'Running');
    assert.ok(!qemuOf(other)!.commandLine.includes('pflash'));
    await alice.call('StopInstance', { InstanceId: other.instanceId, ForceStop: true });
    await world.until(alice, other, ({ Status }) => Status === 'Stopped');
  });

  await context.test('with it the guest boots by UEFI, and its variables outlive a stop', async () => {
    await world.process.stop();
    await world.restart([]);
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    await world.loginReady(guest);
    assert.equal(await world.ssh(guest, 'ls -d /sys/firmware/efi'), '/sys/firmware/efi\n');
    assert.notDeepEqual(readFileSync(variables), readFileSync(TEMPLATE));
    const { birthtimeMs } = statSync(variables);
    await alice.call('StopInstance', { InstanceId: guest.instanceId, ForceStop: true });
    assert.equal(await stops(), undefined);
    await alice.call('StartInstance', { InstanceId: guest.instanceId });
    await world.until(alice, guest, ({ Status }) => Status === 'Running');
    assert.equal(statSync(variables).birthtimeMs, birthtimeMs);
  });

  await context.test('what is left of it goes with the instance', async () => {
    await alice.call('DeleteInstance', { InstanceId: guest.instanceId, Force: true });
    await until(async () => !existsSync(variables));
  });
});
