import { Command, CommanderError } from 'commander';
import { addAccount } from './commands/account.ts';
import { addClock } from './commands/clock.ts';
import { addClone } from './commands/clone.ts';
import { addDemo } from './commands/demo.ts';
import { addDisk } from './commands/disk.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEnv } from './commands/env.ts';
import { addExplain } from './commands/explain.ts';
import { addGc } from './commands/gc.ts';
import { addImage } from './commands/image.ts';
import { addMigrate } from './commands/migrate.ts';
import { addQuota } from './commands/quota.ts';
import { addReset } from './commands/reset.ts';
import { addServe } from './commands/serve.ts';
import { addState } from './commands/state.ts';
import { addTicket } from './commands/ticket.ts';
import { addUsage } from './commands/usage.ts';
import { addVerify } from './commands/verify.ts';
import { CliFault, exitCodes } from './fault.ts';
import type { Io } from './io.ts';
import { harmless } from './print.ts';

const HELP_END = `
Exit codes:
  0    done
  1    the service refused, or the work failed, or explain says no: standard error says the code, what happened, and what to do
  2    wrong usage
  3    no service answers for the data folder
  130  interrupted

The data folder is --data, else TONGJING_DATA, else .tongjing in the current folder.
`;

/** One command line, to its exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what was wrong, or shown what was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (!(error instanceof CliFault)) throw error;
    io.err(`${error.code}: ${harmless(error.message)}\n${error.hint === null ? '' : `${error.hint}\n`}`);
    return error.exitCode;
  }
}

function createProgram(io: Io): Command {
  const program = new Command('tongjing')
    .description('A machine-image service that speaks the Alibaba Cloud ECS API, on real bytes.')
    .option('--data <dir>', 'data folder of the service')
    .option('--json', 'print records as JSON')
    .addHelpText('after', HELP_END)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  addServe(program);
  for (const add of [
    addEnv,
    addDoctor,
    addAccount,
    addImage,
    addDisk,
    addClone,
    addMigrate,
    addExplain,
    addUsage,
    addQuota,
    addTicket,
    addVerify,
    addGc,
    addClock,
    addReset,
    addState,
    addDemo,
  ]) {
    add(program, io);
  }
  return program;
}
