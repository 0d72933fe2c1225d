import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { duration, parseDuration, printJson } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface Time {
  now: string;
  offsetMs: number;
}

export function addClock(program: Command, io: Io): void {
  const clock = program
    .command('clock')
    .description("the service's time")
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const service = await openService(options, io);
      show(await service.operator<Time>('GET', 'clock'), options.json, io);
    });

  clock
    .command('advance')
    .description('move it forward, for good: what is due by then happens')
    .argument('<duration>', '3d, 1d12h, 90m …')
    .action(async (text: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const advanceMs = parseDuration(text);
      if (advanceMs === null) {
        throw new CliFault('Usage', `${text} is no duration: write 3d, 1d12h, 90m, 30s.`, {
          exitCode: exitCodes.usage,
        });
      }
      const service = await openService(options, io);
      show(await service.operator<Time>('POST', 'clock', { advanceMs }), options.json, io);
    });
}

function show(time: Time, asJson: boolean | undefined, io: Io): void {
  if (asJson) printJson(io, time);
  else io.out(`${time.now}${time.offsetMs > 0 ? ` (${duration(time.offsetMs)} ahead)` : ''}\n`);
}
