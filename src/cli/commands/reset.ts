import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

export function addReset(program: Command, io: Io): void {
  program
    .command('reset')
    .description('delete everything that was made: images, disks, instances, accounts. The operator’s keys stay')
    .option('--yes', 'do not ask')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; yes?: boolean }>();
      const service = await openService(options, io);
      if (!options.yes) {
        const answer = await io.ask(`Delete everything in ${service.dataDir}? Type yes: `);
        if (answer === null)
          throw new CliFault('Usage', 'Nobody is there to ask.', { hint: 'Add --yes.', exitCode: exitCodes.usage });
        if (answer.trim() !== 'yes') throw new CliFault('NotDone', 'Nothing was deleted.');
      }
      await service.operator('POST', 'reset');
      if (options.json) printJson(io, {});
      else io.out('Everything is as after the first start.\n');
    });
}
