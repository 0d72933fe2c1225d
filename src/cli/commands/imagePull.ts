import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import { importFile } from '../importFile.ts';
import type { Io } from '../io.ts';
import { pullDisk } from '../oci/pull.ts';
import { isOci } from '../oci/reference.ts';
import { withDiskOf, type RegistryOptions } from '../oci/workplace.ts';
import { printJson } from '../print.ts';
import { progressLine } from '../progress.ts';
import { openService, type DataOption, type Service } from '../service.ts';

interface Options extends DataOption, RegistryOptions {
  json?: boolean;
  name: string;
  region?: string;
}

export function addPull(image: Command, io: Io): void {
  image
    .command('pull')
    .description('make an image of one that was pushed to an OCI registry, and wait until it is Available')
    .argument('<source>', 'oci://host:port/repository:tag, or @sha256:… in the place of the tag')
    .requiredOption('--name <name>', "the image's name")
    .option('--region <id>', 'default: the service’s own')
    .option('--plain-http', 'speak HTTP also with another machine')
    .action(async (source: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      if (!isOci(source)) {
        throw new CliFault('Usage', `${source} is nothing that is pulled from.`, { exitCode: exitCodes.usage });
      }
      const imageId = await pullArtifact(service, source, options, io);
      if (options.json) printJson(io, { imageId });
      else io.out(`${imageId}\n`);
    });
}

/** From an OCI registry. */
async function pullArtifact(service: Service, source: string, options: Options, io: Io): Promise<string> {
  return withDiskOf({ service, source, options, io }, async ({ repository, version, path }) => {
    const line = progressLine(io, 'Pulling');
    const about = await pullDisk(repository, version, path, (percent) => line.show(percent)).finally(() => line.end());
    const { description, osType, platform, architecture, bootMode } = about;
    const { name, region } = options;
    const said = { description, osType, platform, architecture, bootMode };
    return importFile(service, path, { ...said, name, ...(region !== undefined && { region }), format: 'raw' }, io);
  });
}
