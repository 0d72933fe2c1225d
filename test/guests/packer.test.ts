import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildWithPacker } from '../packer.ts';
import { debianDisk } from './debianDisk.ts';
import { openGuestWorld, REGION } from './guestWorld.ts';

const execute = promisify(execFile);
const bin = new URL('../../bin/tongjing', import.meta.url).pathname;
/** Debian takes a minute or two to boot on two idle cores without KVM, and boots twice. */
const LIMIT = { timeout: 3_000_000 };
const COPIED_TO = 'cn-beijing';
const MARK = 'mirror of bronze, cast by packer';

/** Shown above every login prompt, that of the serial line too (agetty(8)). */
const PROVISION = [
  'cloud-init status --wait',
  'mkdir -p /etc/issue.d',
  `echo '${MARK}' > /etc/issue.d/packer.issue`,
  'lsblk --noheadings --nodeps --output NAME,SIZE > /root/disks',
  'cloud-init clean --logs && : > /etc/machine-id && rm -f /etc/ssh/ssh_host_* && sync',
];

interface Image {
  Status: string;
  DiskDeviceMappings: { DiskDeviceMapping: { Type: string; Size: string }[] };
}

test(
  'Debian’s Packer builds an image of Debian in a guest; its copy is shared; exported, it boots in plain QEMU with what was installed',
  LIMIT,
  async () => {
    await using world = await openGuestWorld(['--network', 'auto', '--guest-cpus', '2', '--guest-memory', '512']);
    const source = await world.importDisk(await debianDisk(), 'debian12');
    const [alice, bob] = [await world.tenant('alice'), await world.tenant('bob')];
    const made = await buildWithPacker({
      folder: world.folder,
      endpoint: world.process.endpoint,
      account: alice.credentials,
      regionId: REGION,
      sourceImage: source,
      copyTo: COPIED_TO,
      shareWith: bob.accountId,
      builder: { ssh_username: 'root', ssh_timeout: '30m' },
      provisioners: [{ type: 'shell', inline: PROVISION }],
    });
    for (const [RegionId, ImageId] of made) {
      await bob.imageAvailable(RegionId, ImageId);
      const { Images } = await bob.call<{ Images: { Image: Image[] } }>('DescribeImages', { RegionId, ImageId });
      const disks = Images.Image[0]!.DiskDeviceMappings.DiskDeviceMapping;
      // What Packer asks for, and what its template does.
      assert.deepEqual(disks.map(({ Type, Size }) => [Type, Size]).sort(), [
        ['data', '20'],
        ['system', '40'],
      ]);
    }

    const exported = join(world.folder, 'built.raw');
    await execute(bin, ['image', 'export', made.get(REGION)!, exported, '--data', world.dataDir]);
    assert.match(await bootTo(exported, MARK, world.folder), / login: /);
  },
);

/** What the guest in a plain QEMU says up to a login prompt that has `mark` above it. */
async function bootTo(disk: string, mark: string, cwd: string): Promise<string> {
  const machine = ['-m', '512', '-smp', '2', '-nographic', '-no-reboot', '-snapshot', '-nic', 'none'];
  const guest = spawn('qemu-system-x86_64', [...machine, '-drive', `file=${disk},format=raw,if=virtio`], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  try {
    for await (const bytes of guest.stdout) {
      said += String(bytes);
      if (said.slice(Math.max(0, said.indexOf(mark))).includes(' login: ') && said.includes(mark)) return said;
    }
    return assert.fail(`The guest ended: ${said}`);
  } finally {
    guest.kill('SIGKILL');
  }
}
