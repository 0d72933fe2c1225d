import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { BOOT_PROGRAMS, bootAct } from '../demo/boot.ts';
import { buildDebianDisk } from '../demo/debianDisk.ts';
import { liveLife, type Holding } from '../demo/life.ts';
import { startOwnService } from '../demo/ownService.ts';
import { dataBytes } from '../demo/programs.ts';
import { createReport, type Report } from '../demo/report.ts';
import { cleanUp, type Tenant } from '../demo/tenant.ts';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printTable, size } from '../print.ts';
import { openService, type DataOption, type Service } from '../service.ts';
import { requirePrograms } from '../tools.ts';
import type { Usage } from './usage.ts';

interface Options extends DataOption {
  disk?: string;
}

const CHUNK_BYTES = 256 * 1024;

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description(
      'take a real Debian 12 disk through its whole life as an image, on a service of its own unless one runs; then boot machines',
    )
    .addArgument(new Argument('[act]', 'only that one').choices(['life', 'boot']))
    .option('--disk <file>', 'a raw disk that is one ext4 file system, instead of building Debian')
    .action(async (act: 'life' | 'boot' | undefined, _: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      let isInterrupted = false;
      const release = io.onInterrupt(() => (isInterrupted = true));
      const work = await mkdtemp(join(tmpdir(), 'tongjing-demo-'));
      try {
        if (act !== 'boot') await demonstrate(options, io, work, () => isInterrupted);
        if (act !== 'life') await bootMachines(act === 'boot', io, work, () => isInterrupted);
      } catch (error) {
        // Ctrl-C reaches the programs that the demo runs, too: what failed by it is no news.
        if (!isInterrupted) throw error;
        throw new CliFault('Interrupted', 'The demo was interrupted.', { exitCode: exitCodes.interrupted });
      } finally {
        await rm(work, { recursive: true, force: true });
        release();
      }
    });
}

async function demonstrate(options: Options, io: Io, work: string, isInterrupted: () => boolean): Promise<void> {
  const startedAt = performance.now();
  requirePrograms('The demo', ['qemu-img', 'qemu-io', 'nbdcopy', 'debugfs', 'e2fsck'], io);
  io.out(
    'A Debian 12 disk through its whole life as an image: import, instance, writes, snapshot, image, copy, share.\n',
  );
  await using stack = new AsyncDisposableStack();
  const service = await findService(options, io, join(work, 'data'), stack);
  const report = createReport(io, () => storedBytes(service), isInterrupted);

  const disk = options.disk === undefined ? cachedDisk(io) : resolve(io.cwd, options.disk);
  if (existsSync(disk)) await tellDisk(disk, io);
  report.heading();
  if (!existsSync(disk)) {
    await build(disk, options, report, io);
    await tellDisk(disk, io);
  }
  const held = await dataBytes(disk);
  const diskBytes = (await stat(disk)).size;
  await requireSpace(work, held);

  const tenants: Tenant[] = [];
  const undo: Tenant['undo'] = [];
  if (!service.isOwn) stack.defer(() => leave(service, tenants, undo, io));
  const holdings = await liveLife({ service, io, report, disk, diskBytes, work, tenants, undo });
  io.out(
    `\nAll is equal, in both accounts and both regions. It took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.\n`,
  );
  summarise(holdings, await service.operator<Usage>('GET', 'usage'), io);
}

/** The second act, where there is what it takes; `isAsked`: for that alone. */
async function bootMachines(isAsked: boolean, io: Io, work: string, isInterrupted: () => boolean): Promise<void> {
  try {
    requirePrograms('The demo of machines that boot', BOOT_PROGRAMS, io);
  } catch (error) {
    if (isAsked || !(error instanceof CliFault)) throw error;
    return io.out(`\nMachines are not booted here. ${error.message} ${error.hint ?? ''}\n`);
  }
  const { firstBootS } = await bootAct(io, work, (service) =>
    createReport(io, () => storedBytes(service), isInterrupted),
  );
  io.out(`\nThe first machine let somebody in ${firstBootS.toFixed(1)} s after npm start.\n`);
}

async function build(disk: string, options: Options, report: Report, io: Io): Promise<void> {
  if (options.disk !== undefined) throw new CliFault('FileUnreadable', `There is no ${disk}.`);
  requirePrograms('The demo', ['mmdebstrap', 'mke2fs'], io);
  if (process.getuid?.() !== 0) {
    throw new CliFault('NeedsRoot', 'Building a Debian disk needs root.', {
      hint: 'Run the demo as root, or give it a disk: --disk FILE.',
    });
  }
  await report.step('Build Debian 12 on ext4 with mmdebstrap', async (say) => {
    await mkdir(dirname(disk), { recursive: true });
    await buildDebianDisk(disk, say);
    return { logicalBytes: (await stat(disk)).size, remark: 'kept for the next demo' };
  });
}

async function tellDisk(disk: string, io: Io): Promise<void> {
  const { size: bytes } = await stat(disk);
  io.out(`The disk: ${disk}, ${size(bytes)}, of which ${size(await dataBytes(disk))} are data.\n`);
}

/** The one that runs on the data folder, else one that ends with the demo. */
async function findService(
  options: Options,
  io: Io,
  ownFolder: string,
  stack: AsyncDisposableStack,
): Promise<Service & { isOwn: boolean }> {
  try {
    const service = await openService(options, io);
    await service.operator('GET', 'health');
    io.out(`On the service that runs at ${service.endpoint}; all but the two accounts is deleted at the end.\n`);
    return { ...service, isOwn: false };
  } catch (error) {
    if (!(error instanceof CliFault) || error.code !== 'NotRunning') throw error;
  }
  stack.use(await startOwnService(ownFolder, 'none'));
  const service = await openService({ data: ownFolder }, io);
  io.out(`On a service of its own at ${service.endpoint}, which ends with the demo.\n`);
  return { ...service, isOwn: true };
}

const cachedDisk = (io: Io): string =>
  join(io.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tongjing', 'debian12.raw');

/** Copies to compare with, volumes, stores. */
async function requireSpace(folder: string, held: number): Promise<void> {
  const needed = 4 * held + 1024 ** 3;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  throw new CliFault(
    'DiskFull',
    `The demo needs ${size(needed)} in ${tmpdir()}, where ${size(bavail * bsize)} are free.`,
    {
      hint: 'Set TMPDIR to a folder with more room.',
    },
  );
}

async function storedBytes(service: Service): Promise<number> {
  const { regions, volumes } = await service.operator<Usage>('GET', 'usage');
  const sum = (numbers: readonly number[]) => numbers.reduce((total, bytes) => total + bytes, 0);
  return sum(regions.map((region) => region.storedBytes)) + sum(volumes.map((volume) => volume.allocatedBytes));
}

/** As it was found, on a service that others use. */
async function leave(service: Service, tenants: readonly Tenant[], undo: Tenant['undo'], io: Io): Promise<void> {
  await cleanUp(tenants, io.err);
  for (const step of undo.toReversed())
    await step().catch((error: unknown) => io.err(`Not cleaned up: ${(error as Error).message}\n`));
  await service.operator('POST', 'gc', {});
}

function summarise(holdings: readonly Holding[], usage: Usage, io: Io): void {
  io.out(
    '\nWhat was deduplicated: data that images, snapshots and disks hold, distinct chunks of it, and these as stored.\n\n',
  );
  const rows: string[][] = [];
  const total = { held: 0, distinct: 0, stored: 0 };
  for (const { regionId, chunks, storedBytes: stored } of usage.regions) {
    const here = holdings.filter((holding) => holding.regionId === regionId);
    if (here.length === 0) continue;
    const held = here.reduce((sum, holding) => sum + holding.dataBytes, 0);
    const distinct = chunks * CHUNK_BYTES;
    total.held += held;
    total.distinct += distinct;
    total.stored += stored;
    const count = (what: Holding['what']) => String(here.filter((holding) => holding.what === what).length);
    rows.push([regionId, count('image'), count('snapshot'), count('disk'), size(held), size(distinct), size(stored)]);
  }
  printTable(io, ['REGION', 'IMAGES', 'SNAPSHOTS', 'INSTANCES', 'DATA', 'DISTINCT', 'STORED'], rows);
  io.out(
    `\n${size(total.held)} of data are ${size(total.distinct)} of distinct chunks, stored in ${size(total.stored)}: 1 : ${(total.held / total.stored).toFixed(1)}.\n`,
  );
}
