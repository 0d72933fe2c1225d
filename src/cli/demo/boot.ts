import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildTiny } from '../build/tiny/buildTiny.ts';
import type { Io } from '../io.ts';
import { waitForJob } from '../jobs.ts';
import { openService, type Parameters, type Service } from '../service.ts';
import { startOwnService } from './ownService.ts';
import type { Report } from './report.ts';
import { openShell } from './shell.ts';
import { createTenant, type Tenant } from './tenant.ts';
import { AWAY, copyImage, HOME, makeImage, takeSnapshot } from './verbs.ts';

/** What runs in it: machines, and what logs in to them. */
export const BOOT_PROGRAMS = ['qemu-system-x86_64', 'ssh', 'ssh-keygen'];
const NOTE = '/root/note';
const KEY_PAIR = 'demo';

/**
 * From a disk that boots to a machine of another account in another region that has what was written in the first. On a service of its own:
 * a disk that a machine has open is read by nobody else. Ends with no machine left.
 */
export async function bootAct(
  io: Io,
  work: string,
  createReport: (service: Service) => Report,
): Promise<{ firstBootS: number }> {
  const disk = join(work, 'tiny.raw');
  io.out('\nMachines that boot: busybox and dropbear on Debian’s kernel, built of Debian’s packages.\n');
  await buildTiny(disk, io.env);
  const dataDir = join(work, 'machines');
  const startedAt = performance.now();
  await using stack = new AsyncDisposableStack();
  stack.use(await startOwnService(dataDir, 'qemu'));
  const service = await openService({ data: dataDir }, io);
  // Machines outlive a service.
  stack.defer(async () => void (await service.operator('POST', 'reset', {})));
  const shell = await openShell(work);
  const report = createReport(service);
  report.heading();

  const alice = await createTenant(service, 'demo-alice', 'china');
  const bob = await createTenant(service, 'demo-bob', 'international');
  async function boot(tenant: Tenant, RegionId: string, ImageId: string, tick: (phase: string) => void) {
    await tenant.call('ImportKeyPair', { RegionId, KeyPairName: KEY_PAIR, PublicKeyBody: shell.publicKey });
    const asked: Parameters = { ImageId, KeyPairName: KEY_PAIR, InternetMaxBandwidthOut: 5 };
    const instance = await tenant.runInstance(RegionId, asked);
    const address = await tenant.publicAddress(RegionId, instance.instanceId);
    await shell.ready(address, () => tick(`waiting for ssh root@${address}`));
    return { ...instance, address };
  }

  const { imageId: tiny } = await report.step(`Import as a public image, ${HOME}`, async () => {
    const asked = { path: disk, format: 'raw', name: 'demo-tiny', regionId: HOME, isPublic: true };
    const about = { platform: 'Others Linux', osName: 'tiny' };
    const made = await service.operator<{ imageId: string; jobId: string }>('POST', 'images/import', {
      ...asked,
      ...about,
    });
    await waitForJob(service, made.jobId, { ...io, err: () => {} }, '');
    return { ...made, logicalBytes: (await stat(disk)).size };
  });
  const first = await report.step('Alice: a machine of it, until SSH lets in', async (say) => {
    const machine = await boot(alice, HOME, tiny, say);
    const firstBootS = (performance.now() - startedAt) / 1000;
    return {
      ...machine,
      firstBootS,
      remark: `ssh root@${machine.address}: ${firstBootS.toFixed(1)} s after npm start`,
    };
  });
  const note = `written by Alice in ${first.instanceId}`;
  await report.step(`Alice writes ${NOTE} in it, over SSH`, async () => {
    await shell.ssh(first.address, `echo '${note}' > ${NOTE}; sync`);
    return {};
  });
  await report.step('Snapshot of its disk, while it runs', () => takeSnapshot(alice, first.diskIds[0]!));
  const { imageId: custom } = await report.step('Custom image of it', () =>
    makeImage(alice, first.instanceId, 'demo-machine'),
  );
  const { imageId: copy } = await report.step(`Copy to ${AWAY}, shared with Bob`, async () => {
    const made = await copyImage(alice, custom, 'demo-machine-copy');
    await alice.call('ModifyImageSharePermission', {
      RegionId: AWAY,
      ImageId: made.imageId,
      'AddAccount.1': bob.accountId,
    });
    return made;
  });
  await report.step(`Bob: a machine of it, ${AWAY}`, async (say) => {
    const { address } = await boot(bob, AWAY, copy, say);
    const read = (await shell.ssh(address, `cat ${NOTE}`)).trim();
    if (read !== note) throw new Error(`${NOTE} in Bob's machine: ${read}`);
    return { remark: `${NOTE} says: ${read}` };
  });
  return { firstBootS: first.firstBootS };
}
