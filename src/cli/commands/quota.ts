import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson, printTable } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface Quota {
  QuotaName: string;
  Value: number;
  DefaultValue: number;
}

type Options = DataOption & { json?: boolean; account?: string };

export function addQuota(program: Command, io: Io): void {
  const quota = program.command('quota').description('how many of what an account may have');

  quota
    .command('list')
    .description('the limits of an account')
    .option('--account <id>', 'default: the operator’s own')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      const parameters = { AccountId: options.account };
      const { Quotas } = await service.extension<{ Quotas: Quota[] }>('ListQuotas', parameters);
      if (options.json) return printJson(io, Quotas);
      printTable(
        io,
        ['QUOTA', 'VALUE', 'DEFAULT'],
        Quotas.map((row) => [row.QuotaName, String(row.Value), String(row.DefaultValue)]),
      );
    });

  quota
    .command('set')
    .description('give an account a limit of its own')
    .argument('<account>', 'id of the account')
    .argument('<name>', 'one that `quota list` shows')
    .argument('<value>')
    .action(async (AccountId: string, QuotaName: string, Value: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (!/^\d+$/.test(Value)) {
        throw new CliFault('Usage', `A quota is a whole number, not ${Value}.`, { exitCode: exitCodes.usage });
      }
      const service = await openService(options, io);
      await service.extension('SetQuota', { AccountId, QuotaName, Value });
      if (options.json) return printJson(io, { accountId: AccountId, quotaName: QuotaName, value: Number(Value) });
      io.out(`${QuotaName} of ${AccountId} is ${Value} now.\n`);
    });
}
