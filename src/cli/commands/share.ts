import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

type Options = DataOption & { json?: boolean; with: string; region?: string; yes?: boolean };

/** What whoever shares an image has to know first. */
const SHARE_WARNING =
  'Whoever receives an image reads every byte of its disks, deleted files included: keys, passwords, shell history,\n' +
  'customers’ data. What was read, and instances made from it, stay when the share is withdrawn.';

export function addShareTo(image: Command, io: Io): void {
  image
    .command('share')
    .description('share a custom image of the operator’s account with another account')
    .argument('<image>')
    .requiredOption('--with <account>', 'id of the account that receives it')
    .option('--region <id>', 'of the image; default: the service’s own')
    .option('--yes', 'do not ask')
    .action(async (imageId: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      io.err(`${SHARE_WARNING}\n`);
      if (!options.yes) {
        const answer = await io.ask(`Share ${imageId} with ${options.with}? Type yes: `);
        if (answer === null)
          throw new CliFault('Usage', 'Nobody is there to ask.', { hint: 'Add --yes.', exitCode: exitCodes.usage });
        if (answer.trim() !== 'yes') throw new CliFault('NotDone', 'Nothing was shared.');
      }
      const RegionId = options.region ?? service.regionId;
      const change = { RegionId, ImageId: imageId, 'AddAccount.1': options.with };
      await service.call('ModifyImageSharePermission', change);
      if (options.json) printJson(io, { imageId, accountId: options.with, warning: SHARE_WARNING });
      else io.out(`${imageId} is shared with ${options.with}.\n`);
    });
}
