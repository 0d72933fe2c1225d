import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson } from '../print.ts';
import { progressLine, type ProgressLine } from '../progress.ts';
import { openService, type DataOption } from '../service.ts';

interface RegionResult {
  regionId: string;
  checkedChunks: number;
  damaged: { hash: string; reason: string; affected: string[] }[];
}

export function addVerify(program: Command, io: Io): void {
  program
    .command('verify')
    .description('re-hash everything that is reachable; names what a damaged chunk affects, and then exits 1')
    .option('--region <id>', 'default: all that hold anything')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; region?: string }>();
      const service = await openService(options, io);
      const regions: RegionResult[] = [];
      let isClean: boolean | null = null;
      const bars = new Map<string, ProgressLine>();
      for await (const step of service.operatorLines('verify', { regionId: options.region })) {
        if (typeof step['code'] === 'string') throw new CliFault(step['code'], String(step['message']));
        const regionId = String(step['regionId']);
        if (typeof step['isClean'] === 'boolean') isClean = step['isClean'];
        else if (step['damaged'] !== undefined) {
          bars.get(regionId)?.show(100);
          bars.get(regionId)?.end();
          regions.push(step as unknown as RegionResult);
        } else {
          const { doneBytes, totalBytes } = step as { doneBytes: number; totalBytes: number };
          const bar = bars.get(regionId) ?? progressLine(io, `Verifying ${regionId}`);
          bars.set(regionId, bar);
          bar.show(totalBytes > 0 ? (100 * doneBytes) / totalBytes : 0);
        }
      }
      // A stream that ends early proves nothing.
      if (isClean === null) throw new CliFault('Interrupted', 'The service stopped before everything was verified.');
      if (options.json) printJson(io, { isClean, regions });
      else for (const region of regions) io.out(textOf(region));
      if (!isClean) {
        const count = regions.reduce((sum, { damaged }) => sum + damaged.length, 0);
        throw new CliFault('Damaged', `${count} chunk${count === 1 ? ' is' : 's are'} damaged.`, {
          hint: 'Restore the data folder from a copy, or delete what is affected and import it again.',
        });
      }
    });
}

function textOf({ regionId, checkedChunks, damaged }: RegionResult): string {
  const lines = damaged.map(
    ({ hash, reason, affected }) => `  ${hash}: ${reason}; affects ${affected.join(', ') || 'nothing'}\n`,
  );
  return `${regionId}: ${checkedChunks} chunks checked, ${damaged.length === 0 ? 'all sound' : `${damaged.length} damaged`}\n${lines.join('')}`;
}
