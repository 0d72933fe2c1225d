import { truncate, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { waitForJob } from '../jobs.ts';
import type { Io } from '../io.ts';
import type { Service } from '../service.ts';
import { compare, dataBytes, runProgram } from './programs.ts';
import type { Report } from './report.ts';
import { createTenant, deleteImage, type Tenant } from './tenant.ts';
import { AWAY, copyImage, HOME, makeImage, takeSnapshot } from './verbs.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const GREETING_PATH = '/etc/tongjing-demo';

/** Whoever holds how many bytes of data where, for the sum at the end. */
export interface Holding {
  regionId: string;
  what: 'image' | 'disk' | 'snapshot';
  dataBytes: number;
}

export interface Stage {
  service: Service;
  io: Io;
  report: Report;
  /** An ext4 file system, raw. */
  disk: string;
  diskBytes: number;
  /** For what was written, kept to compare with. */
  work: string;
  tenants: Tenant[];
  /** What the operator made. */
  undo: (() => Promise<unknown>)[];
}

/** From a disk file to an instance of another account in another region, each byte accounted for. */
export async function liveLife(stage: Stage): Promise<Holding[]> {
  const { service, report, disk, diskBytes, tenants } = stage;
  const alice = await createTenant(service, 'demo-alice', 'china');
  const bob = await createTenant(service, 'demo-bob', 'international');
  tenants.push(alice, bob);
  const holdings: Holding[] = [];
  const hold = async (regionId: string, what: Holding['what'], ...files: string[]) => {
    let sum = 0;
    for (const file of files) sum += await dataBytes(file);
    holdings.push({ regionId, what, dataBytes: sum });
  };

  const { imageId: debian } = await report.step(`Import as a public image, ${HOME}`, () => importDisk(stage));
  await hold(HOME, 'image', disk);

  const started = await report.step('Alice: an instance, with a 20 GiB data disk', async () => {
    const instance = await alice.runInstance(HOME, {
      ImageId: debian,
      'DataDisk.1.Size': 20,
      'DataDisk.1.Category': 'cloud_essd',
    });
    return { ...instance, logicalBytes: diskBytes + 20 * GIB };
  });
  const [system, data] = started.diskIds as [string, string];
  const uri = async (id: string) => (await service.operator<{ uri: string }>('POST', 'nbd', { id })).uri;
  await compare(disk, await uri(system));
  report.proven(`Alice's system disk, read over NBD, and the disk that was imported`);

  const { files } = await report.step('Writes: nbdcopy (system), qemu-io (data)', () =>
    writeDisks(stage, await_(uri, system), await_(uri, data)),
  );
  await hold(HOME, 'disk', files.system, files.data);

  const { snapshotId } = await report.step('Snapshot of the system disk, in use', () =>
    takeSnapshot(alice, system, diskBytes),
  );
  await hold(HOME, 'snapshot', files.system);
  const { imageId: custom } = await report.step('Custom image of the instance, both disks', () =>
    makeImage(alice, started.instanceId, 'demo-image', diskBytes + 20 * GIB),
  );
  await hold(HOME, 'image', files.system, files.data);
  const { imageId: copy } = await report.step(`Copy to ${AWAY}`, () =>
    copyImage(alice, custom, 'demo-copy', diskBytes + 20 * GIB),
  );
  await hold(AWAY, 'image', files.system, files.data);

  const { later } = await report.step('1 MiB changed: image again, copy again', async () => {
    const path = join(stage.work, 'data-later.raw');
    await copySparse(files.data, path);
    const change = ['-f', 'raw', '-c', 'write -P 0x77 1G 1M', '-c', 'flush'];
    await runProgram('qemu-io', [...change, path]);
    await runProgram('qemu-io', [...change, await uri(data)]);
    const again = await makeImage(alice, started.instanceId, 'demo-image-later', 0);
    const there = await copyImage(alice, again.imageId, 'demo-copy-later', 0);
    return {
      later: { path, imageId: again.imageId, copyId: there.imageId },
      logicalBytes: 2 * (diskBytes + 20 * GIB),
      remark: 'only what each region lacked was stored, and travelled',
    };
  });
  await hold(HOME, 'image', files.system, later.path);
  await hold(AWAY, 'image', files.system, later.path);

  await report.step('Share with Bob (international site)', async () => {
    const share = { RegionId: AWAY, ImageId: copy };
    await alice.call('ModifyImageSharePermission', { ...share, 'AddAccount.1': bob.accountId });
    alice.undo.push(() => alice.call('ModifyImageSharePermission', { ...share, 'RemoveAccount.1': bob.accountId }));
    return {};
  });
  const his = await report.step(`Bob: an instance of it, ${AWAY}`, async () => {
    const instance = await bob.runInstance(AWAY, { ImageId: copy });
    return { ...instance, logicalBytes: diskBytes + 20 * GIB };
  });
  await hold(AWAY, 'disk', files.system, files.data);

  const checks: [string, string, string][] = [
    [`the snapshot of Alice's system disk, ${HOME}`, snapshotId, files.system],
    [`Alice's running system disk, ${HOME}`, system, files.system],
    [`Alice's running data disk, ${HOME}`, data, later.path],
    [`Alice's image, ${HOME}`, custom, files.system],
    [`its data disk, ${HOME}`, (await alice.snapshotsOf(HOME, custom))[1]!, files.data],
    [`Alice's copy, ${AWAY}`, copy, files.system],
    [`the later copy's data disk, ${AWAY}`, (await alice.snapshotsOf(AWAY, later.copyId))[1]!, later.path],
    [`Bob's system disk, ${AWAY}`, his.diskIds[0]!, files.system],
    [`Bob's data disk, ${AWAY}`, his.diskIds[1]!, files.data],
  ];
  await report.step('Read all back over NBD, and compare', async (say) => {
    for (const [what, id, file] of checks) {
      say(what);
      await compare(file, await uri(id));
    }
    return {};
  });
  for (const [what] of checks) report.proven(what);

  await report.step("nbdcopy Bob's disk out; e2fsck, debugfs", async () => {
    const file = join(stage.work, 'bob.raw');
    await runProgram('nbdcopy', [await uri(his.diskIds[0]!), file]);
    await compare(files.system, file);
    await runProgram('e2fsck', ['-fn', file]);
    const greeting = await runProgram('debugfs', ['-R', `cat ${GREETING_PATH}`, file]);
    return { logicalBytes: diskBytes, remark: `the file system is clean; ${GREETING_PATH} says: ${greeting.trim()}` };
  });
  return holdings;
}

/** An address that is asked for when it is needed. */
const await_ = (uri: (id: string) => Promise<string>, id: string) => () => uri(id);

async function importDisk({ service, io, disk, diskBytes, undo }: Stage) {
  const asked = {
    path: disk,
    format: 'raw',
    name: `demo-debian-${Date.now()}`,
    regionId: HOME,
    isPublic: true,
    platform: 'Debian',
    osName: 'Debian 12',
  };
  const { imageId, jobId } = await service.operator<{ imageId: string; jobId: string }>('POST', 'images/import', asked);
  undo.push(() => deleteImage(service.call, HOME, imageId));
  await waitForJob(service, jobId, { ...io, err: () => {} }, '');
  return { imageId, logicalBytes: diskBytes };
}

/** What a guest would: an upgrade that rewrites the system disk, and new data. The same is done to files beside it. */
async function writeDisks(
  { disk, diskBytes, work }: Stage,
  systemUri: () => Promise<string>,
  dataUri: () => Promise<string>,
) {
  const system = join(work, 'system.raw');
  const data = join(work, 'data.raw');
  const noise = join(work, 'noise');
  const greeting = join(work, 'greeting');
  await copySparse(disk, system);
  await writeFile(noise, randomBytes(8 * MIB));
  await writeFile(greeting, `written by Alice on ${new Date().toISOString().slice(0, 10)}\n`);
  for (const [file, path] of [
    [noise, '/var/noise'],
    [greeting, GREETING_PATH],
  ]) {
    await runProgram('debugfs', ['-w', '-R', `write ${file} ${path}`, system]);
  }
  await writeFile(data, '');
  await truncate(data, 20 * GIB);
  const fill = ['-f', 'raw', '-c', `write -q -s ${noise} 1G 64M`, '-c', 'flush'];
  await runProgram('qemu-io', [...fill, data]);
  await runProgram('nbdcopy', ['--flush', system, await systemUri()]);
  await runProgram('qemu-io', [...fill, await dataUri()]);
  return {
    files: { system, data },
    logicalBytes: diskBytes + 64 * MIB,
    remark: 'the whole system disk is written again; the snapshot finds what is new',
  };
}

/** Holes stay holes: `cp` knows how. */
async function copySparse(from: string, to: string): Promise<void> {
  await runProgram('cp', ['--sparse=always', '--reflink=auto', from, to]);
}
