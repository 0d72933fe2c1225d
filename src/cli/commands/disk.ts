import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { listAll } from '../listAll.ts';
import { printJson, printTable } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface DiskItem {
  DiskId: string;
  Type: string;
  Status: string;
  Size: number;
  Category: string;
  InstanceId: string;
  Device: string;
  CreationTime: string;
}

export function addDisk(program: Command, io: Io): void {
  const disk = program.command('disk').description('disks');

  disk
    .command('list')
    .description("list the operator's disks in a region")
    .option('--region <id>', 'default: the service’s own')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; region?: string }>();
      const service = await openService(options, io);
      const RegionId = options.region ?? service.regionId;
      const items = await listAll<DiskItem>(service, 'DescribeDisks', ['Disks', 'Disk'], { RegionId });
      if (options.json) return printJson(io, items);
      printTable(
        io,
        ['DISK', 'TYPE', 'STATUS', 'GIB', 'CATEGORY', 'INSTANCE', 'DEVICE', 'CREATED'],
        items.map((item) => [
          item.DiskId,
          item.Type,
          item.Status,
          String(item.Size),
          item.Category,
          item.InstanceId,
          item.Device,
          item.CreationTime,
        ]),
      );
    });

  disk
    .command('nbd')
    .description('serve a disk (writable), a snapshot or an image (read-only), and print the URI that NBD clients open')
    .argument('<id>', 'd-…, s-… or m-…')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const service = await openService(options, io);
      const { uri } = await service.operator<{ uri: string }>('POST', 'nbd', { id });
      if (options.json) printJson(io, { uri });
      else io.out(`${uri}\n`);
    });
}
