import { Argument, Option, type Command } from 'commander';
import type { Io } from '../io.ts';
import { printJson, printTable } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface Account {
  accountId: string;
  name: string;
  site: string;
  isOperator: boolean;
  createdAt: string;
}

export function addAccount(program: Command, io: Io): void {
  const account = program.command('account').description('accounts of the service');

  account
    .command('create')
    .description('make an account with an access key, whose secret is shown this once')
    .addArgument(new Argument('<name>', 'what to call it'))
    .addOption(
      new Option('--site <site>', 'where it is registered')
        .choices(['china', 'international', 'japan'])
        .default('china'),
    )
    .action(async (name: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; site: string }>();
      const service = await openService(options, io);
      const made = await service.operator<Account & { accessKeyId: string; accessKeySecret: string }>(
        'POST',
        'accounts',
        {
          name,
          site: options.site,
        },
      );
      const { accountId, accessKeyId, accessKeySecret } = made;
      if (options.json) return printJson(io, { accountId, accessKeyId, accessKeySecret });
      io.out(
        `Account            ${accountId}\nAccess key id      ${accessKeyId}\nAccess key secret  ${accessKeySecret}\n`,
      );
    });

  account
    .command('list')
    .description('list accounts')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const service = await openService(options, io);
      const { accounts } = await service.operator<{ accounts: Account[] }>('GET', 'accounts');
      if (options.json) return printJson(io, accounts);
      printTable(
        io,
        ['ACCOUNT', 'NAME', 'SITE', 'CREATED', ''],
        accounts.map((row) => [row.accountId, row.name, row.site, row.createdAt, row.isOperator ? 'operator' : '']),
      );
    });
}
