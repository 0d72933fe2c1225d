import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { legible, printJson } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface BootProof {
  Status?: 'waiting' | 'booting' | 'proven' | 'failed';
  Reached?: string;
  Reason?: string;
  StartTime?: string;
  EndTime?: string;
  ConsoleOutput?: string;
  Screenshot?: string;
}

interface Options extends DataOption {
  json?: boolean;
  region?: string;
  last?: boolean;
  console?: boolean;
  screenshot?: string;
}

const POLL_MS = 500;

export function addProve(image: Command, io: Io): void {
  image
    .command('prove')
    .description('boot an image of the operator’s once, in a machine that is thrown away, and say what it came to')
    .argument('<id>', 'm-…')
    .option('--region <id>', 'default: the service’s own')
    .option('--last', 'boot nothing: say how it went last')
    .option('--console', 'print what the guest wrote to its console')
    .option('--screenshot <file>', 'write its screen there, as PNG')
    .action(async (imageId: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      const asked = { RegionId: options.region ?? service.regionId, ImageId: imageId };
      if (!options.last) await service.extension('ProveImage', asked);
      const look = () => service.extension<BootProof & { RequestId: string }>('DescribeImageBootProof', asked);
      let proof = await look();
      while (proof.Status === 'waiting' || proof.Status === 'booting') {
        await delay(POLL_MS);
        proof = await look();
      }
      if (proof.Status === undefined)
        throw new CliFault('NotTried', `${imageId} was not booted yet: leave --last out.`);
      if (options.screenshot !== undefined && proof.Screenshot !== undefined)
        await writeFile(resolve(io.cwd, options.screenshot), Buffer.from(proof.Screenshot, 'base64'));
      if (options.json) printJson(io, { ...proof, RequestId: undefined });
      else {
        if (options.console) io.out(`${legible(textOf(proof)).trimEnd()}\n`);
        if (proof.Status === 'proven') io.out(`${imageId} came up: ${proof.Reached}, after ${secondsOf(proof)} s.\n`);
      }
      if (proof.Status === 'failed') throw new CliFault('NotProven', `${imageId}: ${proof.Reason}`);
    });
}

const secondsOf = ({ StartTime = '', EndTime = '' }: BootProof): number =>
  Math.round((Date.parse(EndTime) - Date.parse(StartTime)) / 1000);

const textOf = ({ ConsoleOutput = '' }: BootProof): string => Buffer.from(ConsoleOutput, 'base64').toString('utf8');
