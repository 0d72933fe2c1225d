import { Option, type Command } from 'commander';
import type { Io } from '../io.ts';
import { printJson, printTable } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface Ticket {
  TicketId: string;
  AccountId: string;
  Kind: string;
  ImageId?: string;
  QuotaName?: string;
  QuotaValue?: number;
  Reason: string;
  Status: string;
  Note: string;
  CreationTime: string;
}

type Options = DataOption & { json?: boolean };

const KINDS = ['export-image', 'export-snapshot', 'copy-above-500-gib', 'io-optimised-image', 'quota'];

export function addTicket(program: Command, io: Io): void {
  const ticket = program.command('ticket').description('what accounts ask the operator for');

  ticket
    .command('list')
    .description('list tickets, newest first')
    .addOption(new Option('--status <status>').choices(['Submitted', 'Granted', 'Refused', 'Withdrawn']))
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<Options & { status?: string }>();
      const service = await openService(options, io);
      const tickets: Ticket[] = [];
      for (let PageNumber = 1, total = 1; tickets.length < total; PageNumber++) {
        const wanted = { Status: options.status, PageNumber, PageSize: 100 };
        const page = await service.extension<{ Tickets: Ticket[]; TotalCount: number }>('ListTickets', wanted);
        tickets.push(...page.Tickets);
        total = page.Tickets.length === 0 ? 0 : page.TotalCount;
      }
      if (options.json) return printJson(io, tickets);
      printTable(
        io,
        ['TICKET', 'ACCOUNT', 'ASKS FOR', 'STATUS', 'CREATED', 'REASON'],
        tickets.map((row) => [row.TicketId, row.AccountId, wish(row), row.Status, row.CreationTime, row.Reason]),
      );
    });

  ticket
    .command('submit')
    .description('ask for something, as the operator’s own account')
    .addOption(new Option('--kind <kind>').choices(KINDS).makeOptionMandatory())
    .requiredOption('--reason <text>')
    .option('--image <id>')
    .option('--region <id>', 'of the image; default: the service’s own')
    .option('--quota <name>')
    .option('--value <number>')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<Options & Record<string, string | undefined>>();
      const service = await openService(options, io);
      const made = await service.extension<{ TicketId: string }>('SubmitTicket', {
        RegionId: options['region'] ?? service.regionId,
        Kind: options['kind'],
        Reason: options['reason'],
        ImageId: options['image'],
        QuotaName: options['quota'],
        QuotaValue: options['value'],
      });
      if (options.json) return printJson(io, { ticketId: made.TicketId });
      io.out(`${made.TicketId}\n`);
    });

  for (const [verb, action, about, done] of DECISIONS) {
    ticket
      .command(verb)
      .description(about)
      .argument('<ticket>')
      .option('--note <text>', 'what to tell the account')
      .action(async (TicketId: string, _, command: Command) => {
        const options = command.optsWithGlobals<Options & { note?: string }>();
        const service = await openService(options, io);
        await service.extension(action, { TicketId, Note: options.note });
        if (options.json) return printJson(io, { ticketId: TicketId, status: done });
        io.out(`${TicketId} is ${done} now.\n`);
      });
  }
}

const DECISIONS = [
  ['grant', 'GrantTicket', 'give what is asked for', 'Granted'],
  ['refuse', 'RefuseTicket', 'say no, or take a permission back', 'Refused'],
] as const;

function wish({ Kind, ImageId, QuotaName, QuotaValue }: Ticket): string {
  if (QuotaName !== undefined) return `${QuotaName} = ${QuotaValue}`;
  return ImageId === undefined ? Kind : `${Kind} ${ImageId}`;
}
