import type { Command } from 'commander';
import { checkImport, importFrom, type Source } from '../importFrom.ts';
import type { Io } from '../io.ts';
import { pullDisk } from '../oci/pull.ts';
import { isOci } from '../oci/reference.ts';
import { withDiskOf, type RegistryOptions } from '../oci/workplace.ts';
import { progressLine } from '../progress.ts';
import { FORCE_RAW, openFor, usage, withImageOptions, type ImportOptions } from './imageImport.ts';

/** Of a file on another server. */
interface FileOptions {
  sha256?: string;
  format?: string;
  maxSize?: string;
  allowPrivate?: boolean;
  followRedirects?: boolean;
}

type Options = ImportOptions & RegistryOptions & FileOptions;

const GIB = 1024 ** 3;

export function addPull(image: Command, io: Io): void {
  withImageOptions(image.command('pull'))
    .description(
      'make an image of a disk file on another server, or of one that was pushed to an OCI registry, and wait until it is Available',
    )
    .argument('<source>', 'http(s)://…; or oci://host:port/repository:tag, or @sha256:… in the place of the tag')
    .option('--sha256 <hex>', 'http(s): of the file; nothing else becomes an image')
    .option('--format <format>', 'http(s): qcow2, vhd, raw.gz, raw.tar.xz …')
    .option('--force-raw', `http(s): ${FORCE_RAW}`)
    .option('--max-size <gib>', 'http(s): no larger file than that; default: 100')
    .option('--follow-redirects', 'http(s): where the server sends us, as long as that is allowed, too')
    .option('--allow-private', 'http(s): also from loopback, link-local and private addresses')
    .option('--plain-http', 'oci: speak HTTP also with another machine')
    .action(async (source: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (isOci(source)) await pullArtifact(source, options, io);
      else await importFrom(await openFor(options, io), fileAt(source, options), options, io);
    });
}

/** From a server that is told nothing and believed nothing. */
function fileAt(url: string, options: Options): Source {
  const { sha256, forceRaw = false, format = forceRaw ? 'raw' : undefined } = options;
  if (options.plainHttp) throw usage('--plain-http is for oci:// alone.');
  if (sha256 === undefined || format === undefined) {
    throw usage('Of a file on another server say its --sha256 and its --format.');
  }
  const gib = Number(options.maxSize ?? 100);
  if (!(gib > 0 && gib <= 2 ** 20)) throw usage('--max-size is a number of GiB.');
  const pull = {
    url,
    sha256,
    mostBytes: Math.ceil(gib * GIB),
    allowPrivate: options.allowPrivate ?? false,
    followRedirects: options.followRedirects ?? false,
  };
  return { pull, format, forceRaw };
}

/** From an OCI registry. What is not said of the image is what the artifact says. */
async function pullArtifact(source: string, options: Options, io: Io): Promise<void> {
  const { sha256, format, forceRaw, maxSize, allowPrivate, followRedirects } = options;
  // A checksum that nobody compared would be worse than none.
  if ([sha256, format, forceRaw, maxSize, allowPrivate, followRedirects].some((option) => option !== undefined)) {
    throw usage(
      '--sha256, --format, --force-raw, --max-size, --allow-private and --follow-redirects are for http(s):// alone.',
    );
  }
  const service = await openFor(options, io);
  await checkImport(service, options);
  await withDiskOf({ service, source, options, io }, async ({ repository, version, path }) => {
    const line = progressLine(io, 'Pulling');
    const about = await pullDisk(repository, version, path, (percent) => line.show(percent)).finally(() => line.end());
    const { description, osType, platform, architecture, bootMode } = about;
    const said = { description, osType, platform, architecture, bootMode };
    await importFrom(service, { path, format: 'raw', forceRaw: true }, { ...said, ...options }, io);
  });
}
