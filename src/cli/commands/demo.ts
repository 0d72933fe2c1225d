import type { Command } from 'commander';
import type { Io } from '../io.ts';

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('take a real Debian 12 disk through its whole life as an image')
    .action(async () => void io);
}
