import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import { buildDebian12 } from '../build/debian12/buildDebian12.ts';
import { buildTiny } from '../build/tiny/buildTiny.ts';
import { CliFault, exitCodes } from '../fault.ts';
import { FILE_FORMATS, formatNamed } from '../imageFormat.ts';
import { importDisk } from '../importFrom.ts';
import type { Io } from '../io.ts';
import { waitForJob } from '../jobs.ts';
import { listAll } from '../listAll.ts';
import { printJson, printTable, size } from '../print.ts';
import { openService, type DataOption, type Service } from '../service.ts';
import { addCreate } from './imageCreate.ts';
import { addImportTo } from './imageImport.ts';
import { addProve } from './imageProve.ts';
import { addPull } from './imagePull.ts';
import { addPush } from './imagePush.ts';
import { addSystemOnly } from './imageSystemOnly.ts';
import { addShareTo } from './share.ts';

interface ImageItem {
  ImageId: string;
  ImageName: string;
  Status: string;
  IsCopied: boolean;
  Progress: string;
  Size: number;
  OSName: string;
  ImageOwnerAlias: string;
  CreationTime: string;
}

export function addImage(program: Command, io: Io): void {
  const image = program.command('image').description('images');
  addShareTo(image, io);
  addBuildTo(image, io);
  addCreate(image, io);
  addSystemOnly(image, io);
  addImportTo(image, io);
  addPull(image, io);
  addPush(image, io);
  addProve(image, io);

  image
    .command('export')
    .description("write an image's system disk to a file on this machine")
    .argument('<id>', 'm-…')
    .argument('<file>')
    .addOption(new Option('--format <format>', 'default: as the file is named, else raw').choices(FILE_FORMATS))
    .action(async (imageId: string, file: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; format?: string }>();
      const service = await openService(options, io);
      const path = resolve(io.cwd, file);
      const asked = { imageId, path, format: options.format ?? formatNamed(path) };
      const { jobId, warning } = await service.operator<{ jobId: string; warning?: string }>(
        'POST',
        'images/export',
        asked,
      );
      if (warning !== undefined) io.err(`${warning}\n`);
      await waitForJob(service, jobId, io, 'Exporting');
      if (options.json) printJson(io, { path });
      else io.out(`${path}\n`);
    });

  image
    .command('list')
    .description('list the images that the operator sees in a region')
    .option('--region <id>', 'default: the service’s own')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; region?: string }>();
      const service = await openService(options, io);
      const regionId = options.region ?? service.regionId;
      const items = await listAll<ImageItem>(service, 'DescribeImages', ['Images', 'Image'], {
        RegionId: regionId,
        Status: 'Waiting,Creating,Available,UnAvailable,CreateFailed,Deprecated',
      });
      if (options.json) return printJson(io, items);
      const statuses = new Map<string, string>();
      for (const item of items) statuses.set(item.ImageId, await statusOf(service, regionId, item));
      printTable(
        io,
        ['IMAGE', 'NAME', 'STATUS', 'GIB', 'OWNER', 'CREATED'],
        items.map((item) => [
          item.ImageId,
          item.ImageName,
          statuses.get(item.ImageId)!,
          String(item.Size),
          item.ImageOwnerAlias,
          item.CreationTime,
        ]),
      );
    });
}

function addBuildTo(image: Command, io: Io): void {
  image
    .command('build')
    .description('build a disk that boots, of Debian’s packages')
    .addArgument(
      new Argument(
        '<disk>',
        'tiny: busybox, 32 MiB; becomes what public images stand on that have no disk of their own. debian12: Debian with cloud-init, 2 GiB; needs root',
      ).choices(['tiny', 'debian12']),
    )
    .option('--output <file>', 'write it there, and do no more; debian12 is always written to a file')
    .option('--region <id>', 'where it is kept; default: the service’s own')
    .action(async (disk: 'tiny' | 'debian12', _: object, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; output?: string; region?: string }>();
      if (options.output !== undefined) {
        const path = resolve(io.cwd, options.output);
        if (disk === 'tiny') await buildTiny(path, io.env);
        else await buildDebian12(path, io.env, (phase) => io.err(`${phase}\n`));
        if (options.json) printJson(io, { path });
        else io.out(`${path}\n`);
        return;
      }
      if (disk === 'debian12') {
        throw new CliFault('Usage', 'Say where to write it: --output debian12.raw', {
          hint: 'tongjing image import debian12.raw --name debian12 makes an image of it.',
          exitCode: exitCodes.usage,
        });
      }
      const service = await openService(options, io);
      const folder = await mkdtemp(join(tmpdir(), 'tongjing-build-'));
      try {
        const path = join(folder, 'tiny.raw');
        await buildTiny(path, io.env);
        await importDisk(service, { path, format: 'raw' }, { region: options.region }, io);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      if (options.json) printJson(io, { disk: 'builtin' });
      else io.out('Public images without a disk of their own stand on the tiny disk now.\n');
    });
}

interface CopyProgress {
  BytesPerSecond: number;
  QueuePosition: number;
  RemainingSeconds?: number;
}

/** `Creating 40%, 210 MiB/s, 12 s left`; `Waiting, 2 before it`. */
async function statusOf(service: Service, regionId: string, item: ImageItem): Promise<string> {
  const isUnderWay = item.Status === 'Creating' || item.Status === 'Waiting';
  const parts = [item.Status === 'Creating' ? `${item.Status} ${item.Progress}` : item.Status];
  if (!isUnderWay || !item.IsCopied) return parts[0]!;
  const asked = { RegionId: regionId, ImageId: item.ImageId };
  const copy = await service.extension<CopyProgress>('DescribeCopyProgress', asked).catch((error: unknown) => {
    // Cancelled, or deleted, since it was listed.
    if (error instanceof CliFault && error.code === 'InvalidImageId.NotFound') return null;
    throw error;
  });
  if (!copy) return parts[0]!;
  if (copy.QueuePosition > 0) parts.push(`${copy.QueuePosition} before it`);
  if (copy.BytesPerSecond > 0) parts.push(`${size(copy.BytesPerSecond)}/s`);
  if (copy.RemainingSeconds !== undefined) parts.push(`${copy.RemainingSeconds} s left`);
  return parts.join(', ');
}
