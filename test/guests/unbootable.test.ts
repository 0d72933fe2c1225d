import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../until.ts';
import type { Tenant } from '../../src/cli/demo/tenant.ts';
import { openGuestWorld, REGION, type Guest, type GuestWorld } from './guestWorld.ts';
import { viewScreen } from './screen.ts';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const LIMIT = { timeout: 600_000 };
const SECTOR = 512;
/** Far behind the boot sector: a disk without anything is given no machine. */
const DATA_AT = 1024 ** 2;

/** What no x86 machine boots. */
const DISKS: [name: string, boot: Buffer][] = [
  ['no-boot-sector', Buffer.alloc(SECTOR)],
  ['another-architecture', foreignSector()],
];

test(
  'a disk that does not boot makes a machine that runs, and is switched off when it does not shut down',
  LIMIT,
  async (context) => {
    // The network of the kernel where it can be had: nothing asks for an address there either.
    await using world = await openGuestWorld(['--guest-stop-seconds', '1', '--network', 'auto']);
    const alice = await world.tenant('alice');
    for (const [name, boot] of DISKS) {
      const disk = join(world.folder, 'disk.raw');
      writeFileSync(disk, Buffer.concat([boot, Buffer.alloc(DATA_AT), Buffer.from('data')]));
      truncateSync(disk, 64 * 1024 ** 2);
      const guest = await world.launch(alice, { ImageId: await world.importDisk(disk, name) });
      await context.test(name, () => live(world, alice, guest));
    }
  },
);

/** Runs, shows its screen to who has the password, heeds no power button. */
async function live(world: GuestWorld, alice: Tenant, guest: Guest): Promise<void> {
  const asked = { RegionId: REGION, InstanceId: guest.instanceId };
  const view = async (password: string) => {
    const { VncUrl } = await alice.call<{ VncUrl: string }>('DescribeInstanceVncUrl', asked);
    return viewScreen(VncUrl, password);
  };
  assert.equal((await world.until(alice, guest, () => true)).Status, 'Running');
  assert.ok('refused' in (await view('')), 'nobody sees its screen before there is a password');
  const setPassword = (VncPassword: string) => alice.call('ModifyInstanceVncPasswd', { ...asked, VncPassword });
  await setPassword('Mirr0r');
  await until(async () => 'name' in (await view('Mirr0r')));
  assert.ok('refused' in (await view('Mirr0R')));

  await alice.call('StopInstance', { InstanceId: guest.instanceId });
  const { Tags } = await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
  assert.ok(!Tags.Tag.some(({ TagKey }) => TagKey === 'acs:tongjing:fault'));
  await setPassword('Mirr0s');
  await alice.call('StartInstance', { InstanceId: guest.instanceId });
  await world.until(alice, guest, ({ Status }) => Status === 'Running');
  const seen = await view('Mirr0s');
  assert.ok('name' in seen && seen.width > 0 && seen.height > 0, 'the password that it starts with');
  assert.match(seen.name, new RegExp(guest.instanceId));
  await alice.call('StopInstance', { InstanceId: guest.instanceId, ForceStop: true });
  await world.until(alice, guest, ({ Status }) => Status === 'Stopped');
}

/** Marked as one that boots; what it holds is a loop for arm64. */
function foreignSector(): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.writeUInt32LE(0x14000000);
  sector.writeUInt16BE(0x55aa, SECTOR - 2);
  return sector;
}

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
