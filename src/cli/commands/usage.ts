import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { printJson, printTable, size } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

export interface Usage {
  regions: { regionId: string; chunks: number; storedBytes: number; segmentBytes: number }[];
  volumes: { diskId: string; allocatedBytes: number; isOpen: boolean }[];
}

export function addUsage(program: Command, io: Io): void {
  program
    .command('usage')
    .description('what each region’s store and each disk occupies')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const service = await openService(options, io);
      const usage = await service.operator<Usage>('GET', 'usage');
      if (options.json) return printJson(io, usage);
      printTable(
        io,
        ['REGION', 'CHUNKS', 'STORED', 'ON DISK'],
        usage.regions.map((row) => [row.regionId, String(row.chunks), size(row.storedBytes), size(row.segmentBytes)]),
      );
      if (usage.volumes.length === 0) return;
      io.out('\n');
      printTable(
        io,
        ['DISK', 'OWN DATA', ''],
        usage.volumes.map((row) => [row.diskId, size(row.allocatedBytes), row.isOpen ? 'served' : '']),
      );
    });
}
