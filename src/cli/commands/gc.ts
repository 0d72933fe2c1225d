import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { waitForJob } from '../jobs.ts';
import { printJson, size } from '../print.ts';
import { openService, type DataOption } from '../service.ts';
import type { Usage } from './usage.ts';

export function addGc(program: Command, io: Io): void {
  program
    .command('gc')
    .description('collect now what nothing reaches; the service does so by itself after deletes')
    .option('--region <id>', 'default: all that hold anything')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; region?: string }>();
      const service = await openService(options, io);
      const before = await service.operator<Usage>('GET', 'usage');
      const { jobIds } = await service.operator<{ jobIds: string[] }>('POST', 'gc', { regionId: options.region });
      for (const jobId of jobIds) await waitForJob(service, jobId, { ...io, err: () => {} }, 'Collecting');
      const after = await service.operator<Usage>('GET', 'usage');
      const regions = after.regions.map(({ regionId, chunks, storedBytes, segmentBytes }) => {
        const former = before.regions.find((region) => region.regionId === regionId);
        return {
          regionId,
          chunks,
          storedBytes,
          segmentBytes,
          freedBytes: Math.max(0, (former?.segmentBytes ?? segmentBytes) - segmentBytes),
        };
      });
      if (options.json) return printJson(io, { regions });
      for (const region of regions) {
        io.out(`${region.regionId}: ${size(region.freedBytes)} freed, ${size(region.segmentBytes)} on disk\n`);
      }
      if (regions.length === 0) io.out('There is nothing stored.\n');
    });
}
