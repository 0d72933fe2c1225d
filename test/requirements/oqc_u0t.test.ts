// oqc_u0t: a larger system disk is grown at first boot by cloud-init.
// In part: telling that an image has no cloud-init or a file system that can’t grow, and growing it offline, come with the check of images
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debianDisk } from '../guests/debianDisk.ts';
import { openGuestWorld, PASSWORD, REGION } from '../guests/guestWorld.ts';

/** Debian takes a minute or two to boot on two idle cores without KVM. */
const LIMIT = { timeout: 2_400_000 };
const DATA_DISK = { Category: 'cloud_essd', PerformanceLevel: 'PL0', Size: 1 };
const PNG = '89504e470d0a1a0a';

interface Disks {
  Disks: { Disk: { Status: string; ZoneId: string }[] };
}

interface Output {
  Invocation: { InvocationResults: { InvocationResult: { InvocationStatus: string; Output: string }[] } };
}

/** Debian’s own cloud-init, by its datasource for this cloud. One boot serves what else a whole system shows. */
test('oqc_u0t: Debian’s cloud-init sets up an instance and grows its root', LIMIT, async (context) => {
  await using world = await openGuestWorld(['--network', 'auto', '--guest-cpus', '2', '--guest-memory', '512']);
  const ImageId = await world.importDisk(await debianDisk(), 'debian12');
  const alice = await world.tenant('alice');
  const guest = await world.launch(alice, {
    ImageId,
    HostName: 'mirror',
    KeyPairName: 'key',
    Password: PASSWORD,
    UserData: Buffer.from('#!/bin/sh\nhostname > /root/user-data-ran\n').toString('base64'),
    'SystemDisk.Size': 30,
    'DataDisk.1.Category': DATA_DISK.Category,
    'DataDisk.1.PerformanceLevel': DATA_DISK.PerformanceLevel,
    'DataDisk.1.Size': DATA_DISK.Size,
  });
  await world.loginReady(guest);
  const ask = (command: string) => world.ssh(guest, command);
  const within = { RegionId: REGION, 'InstanceId.1': guest.instanceId };

  await context.test('host name, key, password, user data, and the root file system', async () => {
    assert.match(await ask('cloud-init status --wait --long'), /status: done[^]*DataSourceAliYun/);
    assert.equal(await ask('hostname'), 'mirror\n');
    assert.equal(await ask('cat /root/user-data-ran'), 'mirror\n');
    assert.equal(await world.ssh(guest, 'echo in', PASSWORD), 'in\n');
    const gibibytes = Number(await ask('df --output=size -k / | tail -n 1')) / 1024 ** 2;
    assert.ok(gibibytes > 28, `${gibibytes} GiB of 30`);
  });

  await context.test('wnw_26f: a data disk made of a snapshot has the files', async () => {
    await ask('mkfs.ext4 -q /dev/vdb && mount /dev/vdb /mnt && echo cast in bronze > /mnt/inscription && sync');
    const { SnapshotId } = await alice.call<{ SnapshotId: string }>('CreateSnapshot', { DiskId: guest.diskIds[1]! });
    await alice.until<{ Snapshots: { Snapshot: { Status: string }[] } }, true>(
      'DescribeSnapshots',
      { RegionId: REGION, SnapshotIds: JSON.stringify([SnapshotId]) },
      ({ Snapshots }) => Snapshots.Snapshot[0]!.Status === 'accomplished' || undefined,
    );
    const diskOf = (id: string) => ({ RegionId: REGION, DiskIds: JSON.stringify([id]) });
    const { Disks } = await alice.call<Disks>('DescribeDisks', diskOf(guest.diskIds[1]!));
    const made = { RegionId: REGION, ZoneId: Disks.Disk[0]!.ZoneId, SnapshotId, DiskCategory: DATA_DISK.Category };
    const { DiskId } = await alice.call<{ DiskId: string }>('CreateDisk', made);
    const becomes = (status: string) =>
      alice.until<Disks, true>(
        'DescribeDisks',
        diskOf(DiskId),
        (found) => found.Disks.Disk[0]!.Status === status || undefined,
      );
    await becomes('Available');
    await alice.call('AttachDisk', { DiskId, InstanceId: guest.instanceId });
    await becomes('In_use');
    const seen = 'for try in $(seq 100); do [ -b /dev/vdc ] && break; sleep 0.2; done';
    assert.equal(await ask(`${seen}; mount -o ro /dev/vdc /srv && cat /srv/inscription`), 'cast in bronze\n');
  });

  await context.test('Cloud Assistant runs a command and sends a file', async () => {
    await alice.until<
      { InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: { CloudAssistantStatus: string }[] } },
      true
    >(
      'DescribeCloudAssistantStatus',
      within,
      ({ InstanceCloudAssistantStatusSet: set }) =>
        set.InstanceCloudAssistantStatus[0]!.CloudAssistantStatus === 'true' || undefined,
    );
    const file = {
      Name: 'sent',
      TargetDir: '/root',
      Content: 'polished\n',
      ContentType: 'PlainText',
      FileMode: '0640',
    };
    const { InvokeId: sending } = await alice.call<{ InvokeId: string }>('SendFile', { ...within, ...file });
    await alice.until<{ Invocations: { Invocation: { InvocationStatus: string }[] } }, true>(
      'DescribeSendFileResults',
      { RegionId: REGION, InvokeId: sending },
      ({ Invocations }) => Invocations.Invocation[0]!.InvocationStatus === 'Success' || undefined,
    );
    const script = { Type: 'RunShellScript', CommandContent: 'hostname; stat -c %a /root/sent; cat /root/sent' };
    const { InvokeId } = await alice.call<{ InvokeId: string }>('RunCommand', {
      ...within,
      ...script,
      ContentEncoding: 'PlainText',
    });
    const said = await alice.until<Output, string>(
      'DescribeInvocationResults',
      { RegionId: REGION, InvokeId, ContentEncoding: 'PlainText' },
      ({ Invocation }) => {
        const [result] = Invocation.InvocationResults.InvocationResult;
        return result?.InvocationStatus === 'Success' ? result.Output : undefined;
      },
    );
    assert.equal(said, 'mirror\n640\npolished\n');
  });

  await context.test('the serial line and the screen are shown', async () => {
    const shown = { RegionId: REGION, InstanceId: guest.instanceId };
    const { ConsoleOutput } = await alice.call<{ ConsoleOutput: string }>('GetInstanceConsoleOutput', shown);
    assert.match(Buffer.from(ConsoleOutput, 'base64').toString(), /Debian GNU\/Linux 12/);
    const { Screenshot } = await alice.call<{ Screenshot: string }>('GetInstanceScreenshot', shown);
    assert.equal(Buffer.from(Screenshot, 'base64').subarray(0, 8).toString('hex'), PNG);
  });
});
