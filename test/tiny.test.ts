import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/run.ts';
import { createWorld } from './world.ts';

const CENTOS = 'centos_7_9_x64_20G_alibase_20230109.vhd';
const READY = 'tongjing tiny ready';
const MIB = 1024 ** 2;

async function tongjing(args: readonly string[], env: Io['env'] = process.env) {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTerminal: false,
    env,
    cwd: tmpdir(),
    ask: async () => null,
    input: () => Readable.from([]),
    onInterrupt: () => () => {},
  };
  return { code: await run(args, io), out, err };
}

/** What it says on the serial console until it is ready; everything, when it ends before. */
async function boot(disk: string, options: readonly string[] = []): Promise<string[]> {
  const drive = `file=${disk},format=raw,if=virtio,snapshot=on`;
  const machine = ['-m', '256', '-nographic', '-no-reboot', '-drive', drive, ...options];
  const guest = spawn('qemu-system-x86_64', machine, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(guest, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: guest.stdout })) {
    lines.push(line);
    if (line.includes(READY)) break;
  }
  guest.kill();
  await ended;
  return lines;
}

test('the tiny disk is built without installing anything, stands behind public images, and boots', async (context) => {
  await using world = await createWorld({ disks: 'real', config: { catalogue: true } });
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-tiny-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const built = await tongjing(['image', 'build', 'tiny', '--data', world.dataDir]);
  assert.equal(built.code, 0, built.err);
  const { body } = await world.ecs().describeImages(
    new sdk.DescribeImagesRequest({
      regionId: 'cn-beijing',
      pageSize: 100,
      tag: [new sdk.DescribeImagesRequestTag({ key: 'acs:tongjing:disk', value: 'builtin' })],
    }),
  );
  const images = body!.images!.image!;
  assert.ok(images.some(({ imageId }) => imageId === CENTOS));
  assert.ok(images.every(({ architecture }) => architecture !== 'arm64'));
  assert.ok((await world.parts.blocks.usage('cn-hangzhou')).storedBytes < 30 * MIB);
  const archive = join(folder, 'exported.raw.tar.gz');
  const exported = await tongjing(['image', 'export', CENTOS, archive, '--data', world.dataDir]);
  assert.equal(exported.code, 0, exported.err);
  execFileSync('tar', ['xzf', archive, '-C', folder]);
  assert.ok((await boot(join(folder, 'exported.raw'), ['-nic', 'user,model=virtio-net-pci'])).at(-1)!.includes(READY));
});

test('where Debian’s tools are missing, the packages are named and nothing is written', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-tiny-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const output = join(folder, 'tiny.raw');
  const { code, err } = await tongjing(['image', 'build', 'tiny', '--output', output], { PATH: folder });
  assert.equal(code, 1);
  for (const name of ['apt-get', 'linux-image-cloud-amd64', 'busybox-static', 'syslinux', 'mtools', 'dosfstools']) {
    assert.ok(err.includes(name), err);
  }
  assert.ok(!existsSync(output));
});
