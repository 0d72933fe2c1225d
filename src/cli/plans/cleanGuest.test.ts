import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

/** The script in a root of its own, with busybox and no more: as Alpine has it. */

const script = readFileSync(new URL('cleanGuest.sh', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'tongjing-clean-'));
after(() => rmSync(folder, { recursive: true }));
let roots = 0;

function makeRoot(files: readonly string[]): string {
  const root = join(folder, String(++roots));
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'rm', 'find', 'truncate', 'sync']) symlinkSync('busybox', join(root, 'bin', name));
  write(root, 'dev/null', '');
  for (const file of files) write(root, file, 'old\n');
  return root;
}

function write(root: string, file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text, { mode });
}

function clean(root: string): { status: number | null; stdout: string; stderr: string } {
  const chroot = ['chroot', root, '/bin/sh', '-c', script];
  const [command, ...args] = process.getuid!() === 0 ? chroot : ['unshare', '-r', ...chroot];
  const env = { PATH: `/bin:/usr/bin:/usr/sbin` };
  return spawnSync(command!, args, { env, encoding: 'utf8' });
}

const IDENTITY = [
  'etc/ssh/ssh_host_ed25519_key',
  'etc/ssh/ssh_host_ed25519_key.pub',
  'etc/udev/rules.d/70-persistent-net.rules',
  'root/.bash_history',
  'home/alice/.python_history',
  'var/lib/dbus/machine-id',
  'var/lib/dhcp/dhclient.eth0.leases',
  'var/lib/seedrng/seed.credit',
  'var/lib/systemd/random-seed',
  'var/log/journal/0123/system.journal',
];
const EMPTIED = ['etc/machine-id', 'var/log/syslog', 'var/log/apt/history.log'];
const KEPT = ['etc/ssh/sshd_config', 'root/.ssh/authorized_keys', 'home/alice/notes'];

test('what tells one guest from another is gone, the rest stays', () => {
  const root = makeRoot([...IDENTITY, ...EMPTIED, ...KEPT, 'etc/init.d/sshd']);
  for (const round of ['first', 'again']) {
    const ran = clean(root);
    assert.deepEqual([ran.status, ran.stdout], [0, ''], `${round}: ${JSON.stringify(ran)}`);
    for (const file of IDENTITY) assert.ok(!existsSync(join(root, file)), file);
    for (const file of EMPTIED) assert.equal(readFileSync(join(root, file), 'utf8'), '', file);
    for (const file of KEPT) assert.equal(readFileSync(join(root, file), 'utf8'), 'old\n', file);
  }
});

test('a bare guest has nothing to clean up', () => {
  const ran = clean(makeRoot([]));
  assert.deepEqual([ran.status, ran.stdout], [0, '']);
});

test('cloud-init forgets, and what fails leaves the host keys', () => {
  const key = 'etc/ssh/ssh_host_ed25519_key';
  const root = makeRoot([key, 'etc/machine-id']);
  write(root, 'bin/cloud-init', '#!/bin/sh\necho "$@" > /told\n', 0o755);
  assert.partialDeepStrictEqual(clean(root), { status: 0, stdout: '' });
  assert.equal(readFileSync(join(root, 'told'), 'utf8'), 'clean --logs\n');
  assert.ok(!existsSync(join(root, key)));
  const broken = makeRoot([key, 'etc/machine-id']);
  write(broken, 'bin/cloud-init', '#!/bin/sh\necho no space left >&2\nexit 1\n', 0o755);
  assert.partialDeepStrictEqual(clean(broken), { status: 1, stderr: 'no space left\n' });
  assert.ok(existsSync(join(broken, key)));
});

test('a guest that would make no host keys anew keeps them', () => {
  for (const more of [[], ['bin/cloud-init', 'etc/cloud/cloud-init.disabled']]) {
    const key = 'etc/ssh/ssh_host_rsa_key';
    const root = makeRoot([key, 'root/.bash_history']);
    for (const file of more) write(root, file, '#!/bin/sh\n', 0o755);
    assert.partialDeepStrictEqual(clean(root), { status: 0, stdout: '' });
    assert.ok(existsSync(join(root, key)));
    assert.ok(!existsSync(join(root, 'root/.bash_history')));
  }
});
